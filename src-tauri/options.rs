//! Which clinic the window opens, from its arguments and the environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// What can be chosen when the window is started.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// The folder of the clinic's data: `--data DIR` or `CHAIRSIDE_DATA`.
    /// `None`: the one the system gives the application.
    pub data: Option<PathBuf>,
    /// The file with the store's key, 64 hex digits: `--key-file FILE` or `CHAIRSIDE_KEY_FILE`.
    pub key_file: Option<PathBuf>,
    /// Pretends that the application starts at this moment, seconds since 1970
    /// in UTC: `CHAIRSIDE_NOW`. For pictures and tests.
    pub now_s: Option<i64>,
    /// Starts without showing its window, as at login: `--hidden`.
    pub hidden: bool,
    /// Answers the clinic's commands to other programs of this computer too, on
    /// loopback; where, and with which token, is written to this file:
    /// `CHAIRSIDE_ANSWER`. For demos and tests.
    pub answer: Option<PathBuf>,
}

/// Arguments that mean nothing here.
#[derive(PartialEq, Eq, Debug, thiserror::Error)]
pub enum OptionsError {
    /// An argument nobody knows.
    #[error("unknown argument {0:?}; there are --data DIR, --key-file FILE and --hidden")]
    Unknown(OsString),
    /// An option at the end, without its value.
    #[error("{0} needs a path after it")]
    NoValue(&'static str),
    /// `CHAIRSIDE_NOW` isn't a number.
    #[error("CHAIRSIDE_NOW is seconds since 1970, not {0:?}")]
    Now(OsString),
}

impl Options {
    /// The arguments by which a start at login opens the same clinic.
    ///
    /// # Errors
    /// The system's, where a path can't be made whole.
    pub fn at_login(&self) -> std::io::Result<Vec<String>> {
        let mut arguments = vec!["--hidden".to_owned()];
        for (name, path) in [("--data", &self.data), ("--key-file", &self.key_file)] {
            if let Some(path) = path {
                arguments.extend([name.to_owned(), quoted(&std::path::absolute(path)?.to_string_lossy())]);
            }
        }
        Ok(arguments)
    }

    /// Reads `arguments` (the program's name taken off) before the environment.
    ///
    /// # Errors
    /// On arguments it doesn't know, rather than opening another clinic than was meant.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, OptionsError> {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let now_s = match environment("CHAIRSIDE_NOW").filter(|value| !value.is_empty()) {
            None => None,
            Some(text) => match text.to_str().and_then(|text| text.parse().ok()) {
                Some(now_s) => Some(now_s),
                None => return Err(OptionsError::Now(text)),
            },
        };
        let (data, key_file, answer) = (set("CHAIRSIDE_DATA"), set("CHAIRSIDE_KEY_FILE"), set("CHAIRSIDE_ANSWER"));
        let mut options = Self { data, key_file, now_s, hidden: false, answer };

        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (place, name) = match argument.to_str() {
                Some("--hidden") => {
                    options.hidden = true;
                    continue;
                }
                Some("--data") => (&mut options.data, "--data"),
                Some("--key-file") => (&mut options.key_file, "--key-file"),
                _ => return Err(OptionsError::Unknown(argument)),
            };
            *place = Some(arguments.next().ok_or(OptionsError::NoValue(name))?.into());
        }
        Ok(options)
    }
}

/// As a desktop entry takes it: spaces and the like within quotes, `%` doubled.
fn quoted(text: &str) -> String {
    let text = text.replace('%', "%%");
    if !text.contains([' ', '\t', '"', '\'', '\\', '$', '`', '(', ')', '&', ';', '<', '>', '|', '*', '?', '#', '~']) {
        return text;
    }
    // Twice: once for the quotes, and once because an entry's value is itself escaped.
    let inside: String = text
        .chars()
        .flat_map(|one| match one {
            '"' | '`' | '$' => vec!['\\', '\\', one],
            '\\' => vec!['\\'; 4],
            other => vec![other],
        })
        .collect();
    format!("\"{inside}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_come_before_the_environment() {
        let environment = |name: &str| match name {
            "CHAIRSIDE_DATA" => Some(OsString::from("/env/data")),
            "CHAIRSIDE_KEY_FILE" => Some(OsString::from("/env/key")),
            _ => None,
        };
        let check = |arguments: &[&str], data: &str, key_file: &str| {
            let read = Options::read(arguments.iter().map(OsString::from), environment);
            assert_eq!(
                read,
                Ok(Options { data: Some(data.into()), key_file: Some(key_file.into()), ..Options::default() }),
                "{arguments:?}"
            );
        };
        check(&[], "/env/data", "/env/key");
        check(&["--key-file", "/key"], "/env/data", "/key");
        check(&["--data", "/data"], "/data", "/env/key");
        check(&["--data", "/data", "--key-file", "/key"], "/data", "/key");
    }

    #[test]
    fn it_can_start_without_showing_itself() {
        let read = |arguments: &[&str]| Options::read(arguments.iter().map(OsString::from), |_| None);
        assert_eq!(read(&["--hidden", "--data", "/data"]).map(|options| options.hidden), Ok(true));
        assert_eq!(read(&[]).map(|options| options.hidden), Ok(false));
    }

    #[test]
    fn a_start_at_login_opens_the_same_clinic() {
        let options = Options { data: Some("/a b/100 %".into()), key_file: Some("/key".into()), ..Options::default() };
        let arguments = options.at_login().expect("whole paths");
        assert_eq!(arguments, ["--hidden", "--data", "\"/a b/100 %%\"", "--key-file", "/key"]);
    }

    #[test]
    fn an_empty_variable_is_none() {
        let read = Options::read([], |_| Some(OsString::new()));
        assert_eq!(read, Ok(Options::default()));
    }

    #[test]
    fn a_moment_that_is_none_is_refused() {
        let read = |now: &'static str| Options::read([], |name| (name == "CHAIRSIDE_NOW").then(|| now.into()));
        assert_eq!(read("1795512120").map(|options| options.now_s), Ok(Some(1_795_512_120)));
        assert_eq!(read("ten"), Err(OptionsError::Now("ten".into())));
    }

    #[test]
    fn arguments_it_does_not_know_are_refused() {
        let read = |arguments: &[&str]| Options::read(arguments.iter().map(OsString::from), |_| None);
        assert_eq!(read(&["--dta", "/data"]), Err(OptionsError::Unknown("--dta".into())));
        assert_eq!(read(&["--key-file"]), Err(OptionsError::NoValue("--key-file")));
    }
}
