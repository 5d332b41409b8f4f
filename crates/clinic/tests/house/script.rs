//! Reads TypeScript as far as it takes to tell its string literals from its
//! comments and regular expressions.

/// A string literal, with the line it begins on, counted from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Literal {
    pub line: usize,
    pub text: String,
    /// What stands before it on its line.
    pub before: String,
}

/// Every string literal of `source`. Placeholders in templates become a space.
pub fn literals(source: &str) -> Vec<Literal> {
    Reader { chars: source.chars().collect(), at: 0, found: Vec::new(), last: ' ' }.read()
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    found: Vec<Literal>,
    /// The last character that means something: tells a division from a regular expression.
    last: char,
}

impl Reader {
    fn read(mut self) -> Vec<Literal> {
        while self.at < self.chars.len() {
            self.step();
        }
        self.found
    }

    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn step(&mut self) {
        let here = self.peek(0);
        match here {
            '/' if self.peek(1) == '/' => self.skip_to("\n"),
            '/' if self.peek(1) == '*' => self.skip_to("*/"),
            '/' if !(self.last.is_alphanumeric() || matches!(self.last, ')' | ']' | '_' | '$')) => self.regex(),
            '\'' | '"' => self.quoted(here),
            '`' => self.template(),
            _ => {
                if !here.is_whitespace() {
                    self.last = here;
                }
                self.at += 1;
            }
        }
    }

    fn skip_to(&mut self, end: &str) {
        let end: Vec<char> = end.chars().collect();
        while self.at < self.chars.len() && !self.chars[self.at..].starts_with(&end) {
            self.at += 1;
        }
        self.at += end.len();
    }

    fn regex(&mut self) {
        let mut in_class = false;
        self.at += 1;
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\\' => self.at += 1,
                '[' => in_class = true,
                ']' => in_class = false,
                '/' if !in_class => break,
                '\n' => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        self.last = ')';
    }

    fn quoted(&mut self, quote: char) {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        while self.at < self.chars.len() && self.peek(0) != quote {
            if self.peek(0) == '\\' {
                self.at += 1;
            }
            text.push(self.peek(0));
            self.at += 1;
        }
        self.at += 1;
        self.keep(start, text);
    }

    fn template(&mut self) {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        while self.at < self.chars.len() && self.peek(0) != '`' {
            if self.peek(0) == '$' && self.peek(1) == '{' {
                self.at += 2;
                self.placeholder();
                text.push(' ');
                continue;
            }
            if self.peek(0) == '\\' {
                self.at += 1;
            }
            text.push(self.peek(0));
            self.at += 1;
        }
        self.at += 1;
        self.keep(start, text);
    }

    /// Reads to the end of a placeholder, which is code again.
    fn placeholder(&mut self) {
        let mut depth = 1;
        self.last = '{';
        while self.at < self.chars.len() && depth > 0 {
            match self.peek(0) {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.at += 1;
                break;
            }
            self.step();
        }
    }

    fn keep(&mut self, start: usize, text: String) {
        self.last = ')';
        let line = 1 + self.chars[..start].iter().filter(|c| **c == '\n').count();
        let line_start = self.chars[..start].iter().rposition(|c| *c == '\n').map_or(0, |at| at + 1);
        let before = self.chars[line_start..start].iter().collect();
        self.found.push(Literal { line, text, before });
    }
}

#[test]
fn literals_are_told_from_comments_and_regular_expressions() {
    let texts = |source: &str| literals(source).into_iter().map(|found| found.text).collect::<Vec<_>>();
    assert_eq!(texts("a('one', \"two\") // 'three'\n/* 'four' */ `five`"), ["one", "two", "five"]);
    assert_eq!(texts(r"const r = /['/]\/'/; x = 'after'"), ["after"]);
    assert_eq!(texts("half = a / 2; s = 'x' / b; t = 'y'"), ["x", "y"]);
    assert_eq!(texts(r"'it\'s'"), ["it's"]);
    assert_eq!(texts("`from ${f('inner', { a: 1 })} to`"), ["inner", "from   to"]);
    assert_eq!(literals("\n\n  x = 'there'")[0].line, 3);
}
