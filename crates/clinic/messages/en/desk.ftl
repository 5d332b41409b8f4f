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
patient-nameless = No name given
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

visit-title = Visit
visit-when = When
visit-with = With
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
visit-unsaved-title = Leave without saving?
visit-unsaved-words = The note or the kind was changed and is not saved yet.
visit-unsaved-discard = Leave it as it was
visit-is-proposed = Held online
visit-is-pending = Asked online
visit-is-booked = Booked
visit-is-arrived = Waiting
visit-is-checked-in = In the chair
visit-is-fulfilled = Done
visit-is-cancelled = Cancelled
visit-is-noshow = No-show
visit-is-waitlist = Short-notice list
visit-is-entered-in-error = Entered by mistake
set-proposed = Hold online
set-pending = Put before staff
set-booked = Back to booked
set-arrived = Arrived
set-checked-in = In the chair
set-fulfilled = Done
set-noshow = Didn’t come
set-waitlist = Short-notice list
set-entered-in-error = Entered by mistake

changed-title = Somebody else changed this visit
changed-theirs = Their note now: “{ $note }” What you typed is still here.
changed-theirs-empty = Theirs has no note now. What you typed is still here.
changed-keep-mine = Go on with mine
changed-take-theirs = Take theirs
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

cancel-title = Cancel { $name }’s visit?
cancel-by = Who cancels
cancel-by-patient = The patient
cancel-by-clinic = The clinic
cancel-reason = Reason
cancel-reasons = Common reasons
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

move-title = Move { $name }?
move-from = From { $from }
move-to = To { $to }
move-anyway = Move anyway
move-do = Move
move-leave = Leave it where it was
move-failed = The visit was not moved

## Board and shell

app-name = Chairside
window-title = { $clinic } · Chairside
announce = { $name }: { $what }

rail-name = Screens
rail-board = Day board
rail-patients = Patients
rail-settings = Settings

top-previous = The day before
top-next = The day after
top-today = Today
top-week = Week { $week }
top-pick-day = Pick a day (G)
top-find = Find a patient
top-acting = { $name } is working at this desk
connection-not-paired = Not paired
connection-works-here = works on this computer
connection-not-paired-why = Everything is kept on this computer. Online bookings need the clinic to be paired with a booking service.
connection-broken = No connection
connection-offline = Offline since { $since }
connection-reconnecting = Reconnecting since { $since }
connection-catching-up = Catching up { $done } of { $most }
connection-clocks-apart = Clocks differ
connection-checking = Checking, today first
connection-live = Live
connection-heard-at = last heard { $heard }
connection-open = How this desk is connected
connection-means-offline = Work as usual. { $unsent ->
    [0] Everything here is sent; what changes now goes out by itself.
    [one] 1 change is saved here and goes out by itself.
   *[other] { $unsent } changes are saved here and go out by themselves.
}
connection-means-reconnecting = Work as usual. The booking service is being reached again; nothing needs to be done.
connection-means-catching-up = What happened meanwhile is on its way. Online requests wait until every day has been compared.
connection-means-checking = Both sides compare their days. Online requests wait until their day is found equal.
connection-means-live = Online requests reach the clinic at once.
connection-superseded = Another desk decides for the clinic now. What is booked here reaches it as a request.
connection-another = Another computer speaks for this clinic. Find out which one is the right one before you go on.
connection-clocks = The clocks here and at the booking service are { $minutes } minutes apart. Set this computer’s clock; until then no online request is decided.
connection-service = Booking service
connection-since = In this state since
connection-heard = Last heard
connection-heard-never = Not yet today
connection-unsent = Not sent yet
connection-changes = { $count ->
    [0] Nothing
    [one] 1 change
   *[other] { $count } changes
}
connection-acknowledged = The service has
connection-acknowledged-none = Nothing yet
connection-entry = Everything up to change { $number }
connection-waiting = Online
connection-requests = { $held ->
    [0] Nothing waits
   *[other] { $held } waiting
}, { $filling ->
    [0] nothing is being filled in
   *[other] { $filling } being filled in
}
connection-days = { $equal } of { $all } days are proven equal
connection-days-later = { $all } days are compared once the line is back
connection-day-equal = { $date }: equal
connection-day-unknown = { $date }: not compared yet
connection-day-disputed = { $date }: differs
connection-disputed = The two sides differ for good on { $days }. Each online request for these days is put before you.
connection-compare-again = Compare again
connection-comparing = Every day is being compared again.
connection-pair-again = Pair anew
connection-pair-again-why = Pairing anew replaces the connection there is. The clinic’s booking service gives you the code.
connection-log = The last connections
connection-word-offline = Offline
connection-word-reconnecting = Reconnecting
connection-word-catching-up = Catching up
connection-word-checking = Checking
connection-word-live = Live
connection-failed-pairing = Pairing failed
connection-failed-renewal = The certificate was not renewed
connection-failed-opening = The line was not opened
connection-close = Close

pair-address = Address of the booking service
pair-address-hint = It begins with https://
pair-address-missing = Type the address you were given
pair-code = Code
pair-code-hint = Ten letters and digits, good for ten minutes
pair-code-missing = Type the code you were given
pair-do = Pair
pair-busy = Pairing. This takes a few seconds.

strip-groups = Practitioners shown
strip-everyone = Everyone
strip-late-group = Running late
strip-visits = { $count ->
    [one] visit
   *[other] visits
}
strip-done = done
strip-late = running late
strip-clashes = { $count ->
    [one] clash
   *[other] clashes
}
strip-clashes-why = Visits of one practitioner that overlap without anyone having said so.
strip-hidden = { $count } missed or cancelled, hidden
strip-hours-derived = Hours worked out from the visits
strip-hours-derived-why = The import had no opening hours. They were worked out from the visits and nobody has looked at them yet.
strip-show-struck = Show missed and cancelled visits
strip-privacy = Show patients by initials
strip-new = New visit

board-name = Day board
board-visits = { $count ->
    [0] no visits
    [one] 1 visit
   *[other] { $count } visits
}
board-late = { $minutes } min late
board-in-from = In from { $time }
board-back-at = Back at { $time }
board-works-until = Until { $time }
board-not-working = Not in today
board-away = Away
board-away-because = Away: { $reason }
board-until = until { $time }
board-free-minutes = Free { $minutes } min
board-free-hours = { $minutes ->
    [0] Free { $hours } h
   *[other] Free { $hours } h { $minutes } min
}
board-place = { $time } with { $practitioner }
board-place-hint = click, or drag for the length
board-new-visit-here = New visit
board-empty-today = Nothing is booked today
board-empty = Nothing is booked on this day
board-empty-click = Click a time on the board, or press
board-empty-end = .
board-no-columns = Nobody works on this day
board-closed = The clinic is closed on this day
board-closed-because = The clinic is closed: { $reason }
board-closed-next = Go to another day with the arrows above, or to today with
board-last-visits = Last visits: { $date }
board-first-visits = First visits: { $date }
board-reading = Reading the day. It takes longer than it should.
board-not-read = The day could not be read
board-not-fresh = The day could not be read again
board-try-again = Try again
board-understood = All right
board-unknown-problem = It was not done. Try again; if that doesn’t help, tell support the code { $code }.
board-status-not-saved = The status was not saved
board-move-not-saved = The move was not saved
board-not-undone = It was not taken back
board-undone = taken back
board-nudged = { $time }, { $minutes } min
board-no-next = has no next step
board-no-back = has no step back
board-no-missed = can’t be marked as missed
board-no-cancel = can’t be cancelled any more
board-no-move = can’t be moved any more

start-failed = The clinic could not be opened
start-reading = Opening the clinic. It takes longer than it should.

status-proposed = Held online
status-pending = Asked online
status-booked = Booked
status-confirmed = Confirmed
status-waiting = Waiting
status-waiting-minutes = Waiting { $minutes } min
status-waiting-minutes-short = Waits { $minutes } min
status-seated = In the chair
status-seated-short = In chair
status-seated-minutes = In the chair { $minutes } min
status-seated-minutes-short = Chair { $minutes } min
status-done = Done
status-noshow = No-show
status-cancelled = Cancelled
status-overbooked = Overbooked
status-unsent = Not sent yet

card-label = { $name }, { $time }, { $kind }, { $status }, with { $practitioner }

done-booked = booked { $time }
done-moved = moved to { $time }
done-moved-day = moved to another day
done-lengthened = now { $minutes } min
done-this-is = is the patient now
done-described = changed
done-status-proposed = held
done-status-pending = put before staff
done-status-booked = back to booked
done-status-arrived = arrived
done-status-checked-in = in the chair
done-status-fulfilled = done
done-status-cancelled = cancelled
done-status-noshow = did not come
done-status-waitlist = on the waiting list
done-status-entered-in-error = entered in error

set-status-booked = Booked
set-status-arrived = Arrived
set-status-checked-in = In the chair
set-status-fulfilled = Done

key-new = New visit
key-find = Find a patient
key-open = Open
key-move = Move
key-lengthen = Length
key-missed = Missed
key-cancel = Cancel
key-all = All keys
key-undo = Undo
key-last = { $name } { $what }, { $time }
key-name-space = Space

keys-title = Keys
keys-card = On a visit
keys-anywhere = Anywhere
keys-next = Arrived, in the chair, done
keys-back = One step back
keys-missed = Did not come
keys-open = Open the visit
keys-cancel = Cancel the visit
keys-walk = To the next card
keys-ends = First and last of the column
keys-move = Move in time, or to the next column
keys-lengthen = Five minutes longer or shorter
keys-new = New visit
keys-find = Find a patient
keys-undo = Take the last thing back
keys-today = Today
keys-step = The day before and after
keys-goto = Pick a day
keys-this = These keys

panel-name = Waiting room and gaps
panel-waiting = Waiting room
panel-waiting-short = Waiting
panel-limit = limit { $minutes } min
panel-minutes = { $minutes } min
panel-nobody-waits = Nobody is waiting
panel-nobody-waits-next = When a patient arrives, select the visit and press
panel-waiting-today-only = The waiting room is today’s.
panel-gaps-today = Gaps today
panel-gaps-day = Gaps on this day
panel-gaps-short = Gaps
panel-no-gaps = No gaps.
panel-book = Book
panel-parked = Parked
panel-parked-nobody = Nobody chosen yet
panel-resume = Resume

month-name = Pick a day
month-previous = The month before
month-next = The month after
month-closed = { $date }, closed
month-day = { $count ->
    [one] { $date }, 1 visit, { $percent } % full
   *[other] { $date }, { $count } visits, { $percent } % full
}
month-fill = The bar shows how much of the day is booked.

settings-title = Settings
settings-remark = { $clinic }, on this computer
settings-language = Language
language-sv = Svenska
language-en = English
settings-theme = Colours
theme-system = As the computer
theme-light = Light
theme-dark = Dark
settings-rows = Height of a quarter of an hour
settings-rows-fit = Whole day
settings-privacy-why = For screens that patients can see
settings-letter-keys = Single letters work as keys
settings-letter-keys-why = Turn it off if you write by voice or with switches
settings-close = Close
