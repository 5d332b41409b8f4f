//! Long messages in fewer bytes: entries, days and digests repeat themselves.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};

/// Messages shorter than this, in bytes, go as they are: there is little to
/// gain, and beats are told apart without unpacking.
const PACKED_FROM: usize = 512;

/// zstd's own default: more costs more time than it saves bytes.
const LEVEL: i32 = 3;

thread_local! {
    // Their tables are large, and making them anew takes longer than a message does.
    static PACKER: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// The same in fewer bytes; `None` where that wouldn't be fewer.
pub(crate) fn pack(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < PACKED_FROM {
        return None;
    }
    let packed = PACKER.with_borrow_mut(|packer| packer.as_mut()?.compress(bytes).ok());
    packed.filter(|packed| packed.len() < bytes.len())
}

/// What was packed, if that is at most `most` bytes.
pub(crate) fn unpack(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    // Nothing is set aside for what the other side only says it will be.
    let said = usize::try_from(zstd::zstd_safe::get_frame_content_size(packed).ok()??).ok()?;
    if said > most {
        return None;
    }
    let bytes = UNPACKER.with_borrow_mut(|unpacker| unpacker.as_mut()?.decompress(packed, said).ok());
    bytes.filter(|bytes| bytes.len() == said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_itself_gets_shorter_and_comes_back() {
        let bytes: Vec<u8> = (0..200u32).flat_map(|number| (number / 7).to_be_bytes()).collect();
        let packed = pack(&bytes).expect("it repeats itself");
        assert!(packed.len() < bytes.len() / 2);
        assert_eq!(unpack(&packed, bytes.len()), Some(bytes));
    }

    #[test]
    fn short_or_random_bytes_go_as_they_are() {
        assert_eq!(pack(&[7; PACKED_FROM - 1]), None);
        let mut random = Vec::new();
        for block in 0..40u32 {
            random.extend(blake3::hash(&block.to_be_bytes()).as_bytes());
        }
        assert_eq!(pack(&random), None);
    }

    #[test]
    fn more_than_is_allowed_or_broken_is_refused() {
        let packed = pack(&[0; 100_000]).expect("zeros");
        assert_eq!(unpack(&packed, 99_999), None);
        assert_eq!(unpack(&packed[..packed.len() - 1], 100_000), None);
        assert_eq!(unpack(b"nothing", 100_000), None);
    }
}
