# What the command line says.

cli-founded = { $name } is ready in { $path }.
cli-exported = Everything was written to { $path }.
cli-importing = Importing
cli-entries = { $count ->
    [one] { $count } change
   *[other] { $count } changes
 } in the log
cli-visits = { $count ->
    [one] { $count } visit
   *[other] { $count } visits
 }
cli-paired = Paired with the central service
cli-paired-elsewhere = This store was paired with the booking service on another computer, so the line to it stays closed. Pair this desk with a new code.
cli-not-paired = Not paired. Works on this computer.
cli-verified = Everything is as it was written: { $entries } log entries, { $appointments } visits, { $patients } patients.
cli-backed-up = Backed up to { $path }, and checked.
cli-restored = Restored to change { $entries }.
cli-restored-over = Restored to change { $entries }. What was there before is kept in { $path }.
cli-import-head = Read by the map “{ $source }”, times in { $zone }.
cli-import-practitioners = Practitioners: { $rows } rows, { $added } new, { $there } already here, { $problems } not readable.
cli-import-kinds = Kinds of visit: { $rows } rows, { $added } new, { $there } already here, { $problems } not readable.
cli-import-patients = Patients: { $rows } rows, { $added } new, { $there } already here, { $problems } not readable.
cli-import-appointments = Visits: { $rows } rows, { $added } new, { $there } already here, { $problems } not readable.
cli-import-by-source-status = As the other system had them:
cli-import-by-status = As they stand here:
cli-import-by-flag = Odd, but brought in as they were:
cli-import-clashes = { $clashes } pairs of visits overlap, { $follow } follow one that was moved, { $flagged } have something odd about them.
cli-import-more-problems = … and { $count } more; --json lists them all.
fault-pages = The file itself is damaged: { $at }. Restore the latest backup.
fault-reference = A row of { $at } refers to one that is not there. Restore the latest backup.
fault-chain = The log breaks at entry { $at }. Restore the latest backup.
fault-private = The private part of entry { $at } was changed. Restore the latest backup.
fault-row = Visit { $at } is not as the log says. Restore the latest backup.
fault-time = The day or time of visit { $at } does not follow from its local time. Restore the latest backup.
fault-clash = Visits { $at } overlap, and nobody said so. Move one of them.
fault-search = The patient search does not hold the same patients as the register. Restore the latest backup.

## Import
import-made-practitioners = Practitioners that no table described, made from what visits name: { $count }.
import-made-kinds = Kinds of visit that no table described, made from the words visits use: { $count }.
import-made-patients = Patients that no table described, made from what visits say of them: { $count }.
import-problems = Rows that couldn’t be read: { $count }. Everything else came in.
import-remarks = Values that couldn’t be used: { $count }. Their rows came in without them.
import-problem-cell = { $file }, line { $line }, { $column }: { $reason } (“{ $value }”)
import-problem-row = { $file }, line { $line }: { $reason } (“{ $value }”)
import-problem-birth-unreadable = no birth date or year that can be; kept in the patient’s note
import-problem-date-missing = no date
import-problem-date-unreadable = not a date the map knows how to read
import-problem-follows-unknown = continues a visit that isn’t in the file
import-problem-guardian-unknown = names a guardian who isn’t in the file
import-problem-id-missing = neither an id nor a name
import-problem-id-twice = the same id stands on an earlier row that says something else
import-problem-length-unreadable = no length a visit can have; its kind’s was taken
import-problem-note-long = longer than a visit’s note can be; the whole is kept in the patient’s note
import-problem-personnummer-unreadable = not a valid personnummer; kept in the patient’s note
import-problem-phone-unreadable = not a phone number; kept in the patient’s note
import-problem-quote-not-closed = a quotation mark is opened and never closed
import-problem-reference-unknown = names something the file doesn’t hold
import-problem-rest-unreadable = too many broken rows; the rest of the file was left
import-problem-row-cut = the row is cut off; the file may not have been copied whole
import-problem-row-long = the row has more cells than the header has columns
import-problem-row-short = the row has fewer cells than the header has columns
import-problem-status-unknown = not a status word the map knows; add it under [words.status]
import-problem-text-long = longer than the field can be; the whole is kept in the note
import-problem-time-unreadable = not a time of day the map knows how to read
import-note-columns-unused = { $file }: nothing here has a place for { $columns }; they stayed behind.
import-note-dates-ambiguous = { $file }: days and months in { $column } could be swapped. Check a few visits, or say in a map how they are written.
import-note-file-empty = { $file } is empty.
import-note-file-not-text = { $file } isn’t text and was passed over.
import-note-ids-rounded = { $file }: { $count } ids in { $column } are in scientific notation and may have been rounded by a spreadsheet. Export the column as text to be sure.
import-note-no-rows = { $file } has a header and no rows.
import-note-table-unused = { $file } was not needed.
import-note-windows-1252 = { $file } isn’t UTF-8 and was read as Windows-1252. Check a name with å, ä or ö.
