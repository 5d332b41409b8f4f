//! CBOR taken apart and put together by hand, so that it can be put together
//! wrongly. Shares no code with what it tests.

/// One item as this protocol has them.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    Unsigned(u64),
    /// `-1 - n`.
    Negative(u64),
    Bytes(Vec<u8>),
    Text(Vec<u8>),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    /// A float of eight bytes; nothing here writes one.
    Float(f64),
    /// False, true, null.
    Simple(u8),
}

pub const NULL: Item = Item::Simple(22);

/// How arrays, maps, bytes and text are written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Form {
    /// Shortest, lengths said first.
    Canonical,
    /// Lengths not said.
    Indefinite,
    /// Every number in eight bytes.
    Long,
}

impl Item {
    /// Reads what the protocol wrote: one item, nothing behind it.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        let item = item(&mut rest);
        assert!(rest.is_empty(), "{} bytes behind the item", rest.len());
        item
    }

    pub fn to_bytes(&self, form: Form) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(form, &mut bytes);
        bytes
    }

    fn write(&self, form: Form, to: &mut Vec<u8>) {
        let open = form == Form::Indefinite;
        match self {
            Self::Unsigned(number) => head(0, *number, form, to),
            Self::Negative(number) => head(1, *number, form, to),
            Self::Bytes(bytes) | Self::Text(bytes) => {
                head(if matches!(self, Self::Bytes(_)) { 2 } else { 3 }, bytes.len() as u64, form, to);
                to.extend(bytes);
            }
            Self::Array(items) => {
                if open {
                    to.push(0x9f);
                } else {
                    head(4, items.len() as u64, form, to);
                }
                items.iter().for_each(|item| item.write(form, to));
                to.extend(open.then_some(0xff));
            }
            Self::Map(pairs) => {
                if open {
                    to.push(0xbf);
                } else {
                    head(5, pairs.len() as u64, form, to);
                }
                pairs.iter().for_each(|(key, value)| {
                    key.write(form, to);
                    value.write(form, to);
                });
                to.extend(open.then_some(0xff));
            }
            Self::Float(number) => {
                to.push(0xfb);
                to.extend(number.to_be_bytes());
            }
            Self::Simple(number) => to.push(0xe0 | number),
        }
    }

    /// The same with `change` tried at every place, one place at a time.
    pub fn each_changed(&self, change: &dyn Fn(&Self) -> Option<Self>) -> Vec<Self> {
        let mut changed: Vec<Self> = change(self).into_iter().collect();
        match self {
            Self::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    changed.extend(item.each_changed(change).into_iter().map(|item| {
                        let mut items = items.clone();
                        items[at] = item;
                        Self::Array(items)
                    }));
                }
            }
            Self::Map(pairs) => {
                for (at, (key, value)) in pairs.iter().enumerate() {
                    changed.extend(value.each_changed(change).into_iter().map(|value| {
                        let mut pairs = pairs.clone();
                        pairs[at] = (key.clone(), value);
                        Self::Map(pairs)
                    }));
                }
            }
            _ => {}
        }
        changed
    }
}

/// Where the items of `bytes` begin: each is a head, whatever follows it.
pub fn heads(bytes: &[u8]) -> Vec<usize> {
    let mut heads = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        heads.push(bytes.len() - rest.len());
        let (major, number) = take_head(&mut rest);
        if matches!(major, 2 | 3) {
            rest = &rest[usize::try_from(number).expect("a length")..];
        }
    }
    heads
}

/// A head that says `number`, eight bytes long.
pub fn long_head(first: u8, number: u64) -> Vec<u8> {
    let mut bytes = vec![(first & 0xe0) | 27];
    bytes.extend(number.to_be_bytes());
    bytes
}

fn head(major: u8, number: u64, form: Form, to: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        _ if form == Form::Long => to.extend(long_head(major, number)),
        0..24 => to.push(major | bytes[7]),
        24..0x100 => to.extend([major | 24, bytes[7]]),
        0x100..0x1_0000 => to.extend([major | 25, bytes[6], bytes[7]]),
        0x1_0000..0x1_0000_0000 => {
            to.push(major | 26);
            to.extend(&bytes[4..]);
        }
        _ => to.extend(long_head(major, number)),
    }
}

fn take_head(rest: &mut &[u8]) -> (u8, u64) {
    let first = rest[0];
    let length = match first & 0x1f {
        0..24 => 0,
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        other => panic!("the protocol never writes {other}"),
    };
    let mut number = [0; 8];
    number[8 - length..].copy_from_slice(&rest[1..=length]);
    *rest = &rest[1 + length..];
    (first >> 5, if length == 0 { u64::from(first & 0x1f) } else { u64::from_be_bytes(number) })
}

fn item(rest: &mut &[u8]) -> Item {
    let (major, number) = take_head(rest);
    let count = usize::try_from(number).unwrap_or(usize::MAX);
    match major {
        0 => Item::Unsigned(number),
        1 => Item::Negative(number),
        2 | 3 => {
            let (bytes, behind) = rest.split_at(count);
            *rest = behind;
            if major == 2 { Item::Bytes(bytes.to_vec()) } else { Item::Text(bytes.to_vec()) }
        }
        4 => Item::Array((0..count).map(|_| item(rest)).collect()),
        5 => Item::Map((0..count).map(|_| (item(rest), item(rest))).collect()),
        7 => Item::Simple(u8::try_from(number).expect("false, true or null")),
        other => panic!("the protocol never writes a tag: {other}"),
    }
}
