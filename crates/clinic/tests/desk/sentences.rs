//! Whatever goes wrong is said in both languages.

use std::collections::BTreeMap;

use chairside_clinic::messages::{Language, Messages};
use chairside_clinic::problem::Problem;
use chairside_schedule::rules::Code;
use chairside_store::StoreError;
use chairside_store::copy::RestoreRefused;

/// Its sentence is there, names what it needs, and isn't a code.
pub fn check(problem: &Problem) {
    for language in Language::ALL {
        let sentence = Messages::new(language).problem(problem);
        let id = format!("error-{}", problem.code);
        assert_ne!(sentence, id, "{language:?} has no sentence for it");
        assert!(
            !sentence.contains("{$") && !sentence.contains("{ $"),
            "{language:?} {id} isn't given all it names: {sentence}"
        );
    }
}

#[test]
fn everything_that_stands_against_a_visit_has_its_sentences() {
    for language in Language::ALL {
        let messages = Messages::new(language);
        for code in Code::ALL {
            for id in [format!("finding-{}", code.as_str()), format!("error-{}", code.as_str())] {
                assert_ne!(messages.format(&id, &BTreeMap::new()), id, "{language:?}");
            }
        }
    }
}

#[test]
fn everything_the_store_refuses_has_its_sentences_and_code() {
    let path = || std::path::PathBuf::from("/clinic");
    let io = || std::io::Error::other("broken");
    let cases = [
        (StoreError::InUse(path()), "store-in-use"),
        (StoreError::Missing(path()), "store-missing"),
        (StoreError::Exists(path()), "store-exists"),
        (StoreError::WrongKey(path()), "wrong-key"),
        (StoreError::NotAStore(path()), "not-a-store"),
        (StoreError::BadKey, "bad-key"),
        (StoreError::Newer, "store-newer"),
        (StoreError::DiskFull, "disk-full"),
        (StoreError::ReadOnly, "store-read-only"),
        (StoreError::Damaged("what".to_owned()), "store-damaged"),
        (StoreError::ChangedMeanwhile(crate::fixture::visit_id(0)), "changed-meanwhile"),
        (StoreError::IdTaken(crate::fixture::visit_id(0)), "id-taken"),
        (StoreError::PersonnummerTaken, "personnummer-taken"),
        (StoreError::Panicked, "internal"),
        (StoreError::Closed, "store-closed"),
        (StoreError::File { path: path(), source: io() }, "file-failed"),
        (StoreError::file("/clinic", std::io::Error::from(std::io::ErrorKind::StorageFull)), "disk-full"),
        (StoreError::file("/clinic", std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem)), "store-read-only"),
    ];
    for (error, code) in cases {
        let problem = Problem::from(error);
        assert_eq!(problem.code, code);
        check(&problem);
    }
    for refused in [RestoreRefused::Newer { newer: 3 }, RestoreRefused::NotWhole("chain: 3".to_owned())] {
        check(&Problem::from(refused));
    }
}
