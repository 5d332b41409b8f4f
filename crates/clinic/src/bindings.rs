//! The screens' types, made from [`crate::api`] and [`crate::commands`].

use std::any::TypeId;
use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::api;
use crate::commands::COMMANDS;
use crate::problem::Problem;

/// The whole of `ui/src/lib/api/types.ts`.
pub fn typescript() -> String {
    // Log positions stay far below 2^53, where a JavaScript number is still exact.
    let config = Config::new().with_large_int("number");
    let mut found = Found { config: &config, seen: Vec::new(), declarations: BTreeMap::new() };
    found.visit::<Problem>();
    found.visit::<api::Changed>();
    found.visit_commands();

    let mut text = String::from(HEADER);
    for declaration in found.declarations.values() {
        text.push_str(&format!("\nexport {declaration}\n"));
    }
    text.push_str("\n/** Every command: what it takes and what it answers. */\nexport interface Commands {\n");
    for command in COMMANDS {
        let (args, answer) = ((command.args)(&config), (command.answer)(&config));
        text.push_str(&format!(
            "  {}: {{ args: {args}; answer: {answer} }};
",
            command.name
        ));
    }
    text.push_str("}\n");
    text
}

const HEADER: &str = "// Made by `make bindings` from crates/clinic/src/api.rs. Changes here are lost.\n";

struct Found<'a> {
    config: &'a Config,
    seen: Vec<TypeId>,
    declarations: BTreeMap<String, String>,
}

impl Found<'_> {
    fn visit_commands(&mut self) {
        macro_rules! visit {
            ($($ty:ty),+ $(,)?) => { $(self.visit::<$ty>();)+ };
        }
        visit!(
            api::ClinicView,
            api::DayRequest,
            api::DayBoard,
            api::MonthRequest,
            api::DayLoad,
            api::FindPatients,
            api::PatientHit,
            api::PatientRequest,
            api::PatientView,
            api::NextOpenings,
            api::Opening,
            api::CheckVisit,
            api::Checked,
            api::BookVisit,
            api::MoveVisit,
            api::SetStatus,
            api::DescribeVisit,
            api::CancelVisit,
            api::ThisIs,
            api::Undo,
            api::Saved,
            api::ConnectionView,
            api::PairWith,
            api::RequestsView,
            api::RequestView,
            api::AnswerRequest,
            api::LedgerRequest,
            api::LedgerView,
            api::ConflictView,
            api::SettleConflict,
            api::SettledConflict,
            api::ReopenConflict,
            api::SinceRequest,
            api::SinceView,
            api::UnsentRequest,
        );
    }
}

impl TypeVisitor for Found<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let id = TypeId::of::<T>();
        if self.seen.contains(&id) {
            return;
        }
        self.seen.push(id);
        T::visit_dependencies(self);
        T::visit_generics(self);
        // Only types with a file of their own have a declaration.
        if T::output_path().is_some() {
            self.declarations.insert(T::name(self.config), T::decl(self.config));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_screens_types_are_those_of_the_api() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/api/types.ts");
        let made = super::typescript();
        if std::env::var_os("CHAIRSIDE_WRITE_BINDINGS").is_some() {
            std::fs::write(&path, &made).expect("types.ts can be written");
        }
        let there = std::fs::read_to_string(&path).expect("types.ts is there");
        assert!(there == made, "ui/src/lib/api/types.ts differs from the API; run `make bindings`");
    }
}
