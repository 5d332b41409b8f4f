// Every command the window may call. The build script allows exactly these by
// name, `commands.rs` makes a command of each, and a test holds the list
// against `chairside_clinic::commands::COMMANDS`.
macro_rules! with_command_names {
    ($use:ident) => {
        $use! {
            clinic,
            day_board,
            month_load,
            find_patients,
            patient,
            next_openings,
            check_visit,
            book_visit,
            move_visit,
            set_status,
            describe_visit,
            likely_same,
            this_is,
            cancel_visit,
            undo,
            connection,
            pair_with,
            compare_again,
            requests,
            answer_request,
            online_rule,
            ledger,
            conflicts,
            settle_conflict,
            reopen_conflict,
            since,
            unsent,
        }
    };
}

// The application's own, in `own.rs`: no other desk answers them.
macro_rules! with_own_command_names {
    ($use:ident) => {
        $use! {
            application,
            choose,
            leave,
        }
    };
}
