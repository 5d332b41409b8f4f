# Chairside's words: desk (en)

## Booking

close = Close
change = Change
cancel = Cancel
try-again = Try again
still-reading = Still reading. The clinic’s store answers slowly just now.
minutes = { $count } min

patient = Patient
patient-protected = Protected identity
patient-by-id = Patient { $id }
patient-by-birth = Patient born { $birth }
patient-nameless = Patient without a name
patient-missed = { $count ->
    [one] no-show once
   *[other] no-show ×{ $count }
}
patient-child-of = child of { $name }
patient-last-seen = last seen { $day }
patient-never-seen = not seen here yet
patient-search-hint = any part of name, phone or birth date
patient-search-again = Search again
patient-none-found = No patient matches “{ $text }”
patient-none-found-next = Try fewer letters, or take them down as new.
patient-new = New patient
patient-new-named = New patient “{ $text }”

new-patient-unidentified = A name, a birth date or a personnummer is missing: one of them is enough.
field-given = Given name
field-family = Family name
field-birth = Birth date
field-birth-example = 1987-07-14
field-personnummer = Personnummer
field-personnummer-example = 870714-0000
field-phone = Phone
field-email = E-mail
fault-birth-unreadable = Write it as 1987-07-14, or only the year.
fault-birth-no-such-day = There is no such day.
fault-birth-ahead = That day is still to come.
fault-birth-too-long-ago = Nobody is that old. Births count from { $year }.
fault-birth-contradicts = The personnummer says another birth date.
fault-personnummer-letters = Only digits belong here, and a hyphen.
fault-personnummer-short = { $count ->
    [one] One digit is missing.
   *[other] { $count } digits are missing.
}
fault-personnummer-long = { $count ->
    [one] One digit too many.
   *[other] { $count } digits too many.
}
fault-personnummer-day = The first digits are no date.
fault-personnummer-check = The last digit doesn’t fit the others. Check them one by one.
fault-phone-letters = Only digits belong here; check for a letter O.
fault-phone-short = { $count ->
    [one] At least one digit is missing.
   *[other] At least { $count } digits are missing.
}
fault-phone-long = { $count ->
    [one] One digit too many.
   *[other] { $count } digits too many.
}
fault-email = What stands after the @ isn’t an address.
fault-email-at = An @ is missing.

booking-title = New visit
kind = Kind of visit
with = With
whoever-is-first = Whoever is first
chair = Chair
chair-none = None in particular
length = Length
length-shorter = Five minutes shorter
length-longer = Five minutes longer
openings = Next openings
openings-none-today = no { $count } minutes left today
openings-none = Nothing is free for { $count } minutes.
openings-none-next = Make it shorter, ask somebody else, or name a time of your own.
own-time = Or a time of your own
phrase-hint = “tue 16”, “26/11 9.30”
phrase-unread = “{ $text }” isn’t a time or anybody here. Write for instance “tue 16, Erik”.
day-today = Today
day-tomorrow = Tomorrow
place-instead = { $place } instead
place-instead-with = { $place } { $practitioner }
nobody-free = Nobody has { $count } minutes free, { $place }
nobody-free-next = Take one of the nearest, or choose with whom and book over.
clash-title = { $span } is taken
clash-booked = { $name } is booked { $span } with { $practitioner }.
clash-follows = { $name } follows at { $start }.
clash-overlap = { $count ->
    [one] { $name } would overlap.
    [2] { $name } would overlap both.
   *[other] { $name } would overlap all { $count }.
}
overbook = Overbook, with a reason
overbook-not = Don’t overbook
overbook-reason = Why it is booked over
overbook-reason-hint = kept with the visit
standing-refused = This can’t be booked
warning-accepted = { $what } Accepted.
book-anyway = Book anyway
check-failed = Whether the time is free could not be checked
booking-failed = The visit was not booked
note = Note
note-hint = patients never see this
note-count = { $count } of { $most }
note-too-long = { $count ->
    [one] One character too many.
   *[other] { $count } characters too many.
}
source = Source
source-prefix = Source:
source-phone = Phone
source-desk = At the desk
source-online = Online
source-referral = Referral
source-recall = Recall
source-other = Other
book = Book
park = Park
leave-title = Leave this booking?
leave-words = Nothing of it is saved yet. Parked, it waits in the side panel until you come back.
leave-discard = Throw it away
leave-stay = Go on with it

find-title = Find a patient
find-book = Book a visit
find-coming = Coming
find-past = Past
find-none-coming = No visit ahead.
find-none-past = No visit so far.
find-failed = The patient could not be read
find-hint = Enter shows the visits.

visit-title = Visit
visit-when = When
visit-with = With
visit-length = Length
visit-source = Booked by
visit-status = Status
visit-confirmed = The patient has said yes
visit-cancel = Cancel the visit
visit-save = Save
visit-saved-not = The change was not saved
visit-cancelled-by-patient = Cancelled by the patient
visit-cancelled-by-clinic = Cancelled by the clinic
visit-cancelled-by-unknown = Cancelled
visit-no-reason = no reason given
visit-overbooked = Booked over another visit
visit-clashes = Overlaps another visit
visit-clashes-words = Nobody has said that this is meant. Move one of them, or leave it so.
visit-imported = From another system
visit-more = Also for this patient
visit-unsaved-title = Leave without saving?
visit-unsaved-words = The note or the kind was changed and is not saved yet.
visit-unsaved-discard = Leave it as it was
visit-birth = Born
visit-phone = Phone
set-proposed = Hold online
set-pending = Put before staff
set-booked = Back to booked
set-arrived = Arrived
set-checked-in = In the chair
set-fulfilled = Done
set-noshow = Didn’t come
set-waitlist = Short-notice list
set-entered-in-error = Entered by mistake
set-cancelled = Cancel

changed-title = Somebody else changed this visit
changed-words = It is at version { $version } now; what you typed is still here. Read it again, then save.
changed-words-unknown = There is a newer version; what you typed is still here. Read it again, then save.
changed-read-again = Read again

flag-imported = Came from another system.
flag-clashes = Overlapped another visit when it came in.
flag-off-grid = Doesn’t start on the clinic’s grid.
flag-in-break = Reaches into a break.
flag-outside-hours = Reaches outside opening hours.
flag-no-time = The other system gave no time of day; it stands at midnight.
flag-no-length = The other system gave no length; the usual one for its kind was taken.
flag-clock-change = That night the clocks changed: the time doesn’t exist, or exists twice.
flag-no-patient = The other system didn’t say whose visit it was.
flag-practitioner-inactive = The practitioner didn’t work here on that day.

cancel-title = Cancel { $name }, { $place }?
cancel-by = Who cancels
cancel-by-patient = The patient
cancel-by-clinic = The clinic
cancel-reason = Reason
cancel-reason-hint = may be left empty
cancel-reason-ill = Ill
cancel-reason-time = The time doesn’t suit
cancel-reason-work = Has to work
cancel-reason-better = No longer needed
cancel-reason-practitioner-ill = Practitioner is ill
cancel-reason-equipment = Equipment is broken
cancel-reason-rescheduled = Moved by the clinic
cancel-reason-mistake = Booked by mistake
cancel-keep = Keep it
cancel-do = Cancel the visit
cancel-failed = The visit was not cancelled

move-title = Move { $name } to { $place }?
move-from = Stands at { $place } with { $practitioner }.
move-anyway = Move anyway
move-do = Move
move-leave = Leave it where it was
move-failed = The visit was not moved
