# Chairside's words: what comes from online (en)

## Requests

rail-requests = Requests
rail-conflicts = Conflicts
rail-waiting = { $count ->
    [one] 1 waits for you
   *[other] { $count } wait for you
}

requests-tabs = Requests by where they stand
requests-waiting = Waiting for an answer
requests-all = All requests
requests-ledger = Release ledger
requests-not-read = The requests could not be read
requests-not-paired = Nobody can ask for a time online yet
requests-not-paired-next = Online bookings need the clinic to be paired with a booking service.
requests-pair = Pair
requests-none-waiting = Nothing waits for an answer
requests-none-waiting-rule = Free times are confirmed by rule. What was asked stands under All requests.
requests-none-waiting-ask = What patients ask online stands here and on the board as soon as it comes in.
requests-none-heard = The desk has heard of no request yet
heard-down = The line is down. What patients ask meanwhile is held, and stands here once the line is back.
heard-checking = The line is back, and both sides are still being compared. What patients asked meanwhile stands here once that is done.

column-asked = Asked
column-patient = Patient
column-phone = Phone
column-wanted = Wanted
column-until = Answer by
column-answer = Answer
column-why = Why
column-told = Told
column-since = Since
column-visit = Visit
column-what = What happened

day-today-within = today
wanted-unknown = a time no longer known
wanted-with = { $place }, { $practitioner }
wanted-cancel = Cancel { $place }
wanted-move = Move to { $place }
wanted-what-book = { $kind }, { $practitioner }
wanted-what-move = Move, { $kind }, { $practitioner }
wanted-what-cancel = Cancel, { $kind }, { $practitioner }
until-you = you
until-disputed = only you

outcome-confirmed = Confirmed
outcome-not-possible = Not possible
outcome-needs-you = Needs you
outcome-cancelled = Cancelled by patient
outcome-withdrawn = Withdrawn by patient
outcome-expired = Expired
filter-all = All
filter-confirmed = Confirmed
filter-not-possible = Not possible
filter-needs-you = Needs you
filter-cancelled = Cancelled
filter-withdrawn = Withdrawn
filter-expired = Expired
told-not-yet = not yet

why-waits = Put before you
why-disputed = The two sides differ on this day
why-withdrawn = Taken back by the patient before it reached you
why-expired = Its time came before it reached you
why-urgent = Emergency, so first in line
why-by = Answered by { $name }
why-offered = { $count ->
    [one] { $reason }, 1 other offered
   *[other] { $reason }, { $count } others offered
}
reason-taken = The time was taken
reason-past = The time had passed
reason-outside-hours = Outside working hours
reason-practitioner-left = The practitioner takes no visits there
reason-kind-gone = That kind of visit is no longer offered
reason-unknown-booking = No such visit is known
reason-changed-meanwhile = The visit was changed here meanwhile
reason-booking-rejected = The visit itself was not possible
reason-already-started = The visit had begun
reason-declined = Declined at the desk
reason-not-possible = It cannot be at all

patient-the = The patient
patient-the-within = the patient
request-panel = The chosen request
request-asked-at = Asked online { $time }
request-urgent = Emergency
request-urgent-short = Emergency
request-disputed = The two sides differ on this day
request-disputed-why = No rule decides it. Look at the day on the board, then answer.
request-wish-book = { $kind }, { $minutes } min with { $practitioner }
request-wish-move = Wants to move: { $kind }, { $minutes } min with { $practitioner }
request-wish-cancel = Wants to cancel: { $kind } with { $practitioner }
request-from = The visit is booked { $place } now.
request-confirm = Confirm
alike-title = Perhaps the same as { $name }
alike-this-is = This is { $name }
alike-confirm = Confirm as { $name }
alike-confirm-means = The visit becomes this patient’s.
alike-not-said = Confirmed, but for whom was not changed
request-answers = What you can answer
request-confirm-means-book = { $place } becomes a visit. { $name } gets a mail that it is confirmed.
request-confirm-means-move = The visit moves to { $within }. { $name } gets a mail with the new time.
request-confirm-means-cancel = { $place } becomes free. { $name } gets a mail that it is cancelled.
request-decline = Decline
request-decline-means-book = { $place } becomes free again. { $name } gets a mail with three other times.
request-decline-means-move = The visit stays where it is. { $name } gets a mail with three other times than { $within }.
request-decline-means-cancel = { $place } stays booked. { $name } gets a mail that says so.
request-until = Without an answer by { $time } it is confirmed by itself.
request-waits-for-you = It waits until somebody answers.
request-open = Show on the board
request-confirmed = confirmed
request-declined = declined
request-answered-already = was answered already
request-not-answered = The request was not answered

decline-title = Decline { $name }’s request?
decline-for-good = It can’t be taken back.
decline-keep = Keep it waiting
decline-do = Decline

held-title = Held until the line is back and verified
held-words = The booking service holds these for you. They are answered in order as soon as their day is proven equal, emergencies first.
held-nameless = Name follows
held-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}

rule-title = Online requests
rule-by-rule = Confirm by rule
rule-ask = Ask staff
rule-limit = For at most
rule-minutes = { $count } min
rule-hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
}
rule-by-rule-means = A request for a free time is confirmed by itself, at once.
rule-ask-means = Each request waits here and on the board. Without an answer it is confirmed by itself after { $limit }.
rule-not-changed = The rule was not changed

## The ledger

ledger-not-read = The answers could not be read
ledger-none = Nothing was asked online yet
ledger-none-next = Every request stands here once it was answered, with its answer and the reason.
ledger-read-on = Earlier ones
ledger-filters = Show
ledger-csv = CSV
ledger-file = release-ledger
outage-none = The line has not been down
outage-none-next = After an outage, this is where every request that was held stands, with its answer, the reason and both times.
outage-choose = Which outage
outage-down = The line was down { $span }
outage-down-since = The line is down since { $time }
outage-length = { $hours ->
    [0] { $minutes } min
   *[other] { $hours } h { $minutes } min
}
outage-under-a-minute = under a minute
outage-words = { $day }, { $length }. { $count ->
    [0] Nothing was asked online meanwhile.
    [one] 1 online request was held.
   *[other] { $count } online requests were held.
} { $released ->
    [0] { "" }
    [one] 1 was answered.
   *[other] { $released } were answered in order, emergencies first.
} { $waiting ->
    [0] { "" }
    [one] One of them needs you.
   *[other] { $waiting } of them need you.
}
outage-words-down = { $day }, { $length } so far. Work as usual. { $count ->
    [0] What patients ask online is held, and answered in order once the line is back.
    [one] 1 online request is held. It is answered once the line is back.
   *[other] { $count } online requests are held. They are answered in order once the line is back, emergencies first.
} { $released ->
    [0] { "" }
    [one] 1 is answered.
   *[other] { $released } are answered.
} { $waiting ->
    [0] { "" }
    [one] 1 needs you.
   *[other] { $waiting } need you.
}
outage-words-checking = { $day }, { $length }. The line is back, and both sides are still being compared. { $count ->
    [0] The desk has heard of no request yet.
    [one] 1 online request is known so far.
   *[other] { $count } online requests are known so far.
} { $released ->
    [0] { "" }
    [one] 1 is answered.
   *[other] { $released } are answered.
} { $waiting ->
    [0] { "" }
    [one] 1 needs you.
   *[other] { $waiting } need you.
}
outage-nothing-asked = Nothing was asked online meanwhile
outage-nothing-asked-next = Both sides are in step again; there was nothing to release.
milestone-lost = Line lost
milestone-back = Line back
milestone-sent = { $count ->
    [0] Nothing to send
    [one] 1 change sent
   *[other] { $count } changes sent
}
milestone-equal = { $count ->
    [0] Both sides equal
    [one] Equal, 1 day
   *[other] Equal, { $count } days
}
milestone-released = { $count ->
    [0] Nothing was held
   *[other] { $count } released
}
milestone-sent-ahead = Changes sent
milestone-equal-ahead = Both sides equal
milestone-released-ahead = Held requests released
milestone-not-yet = not yet

## Conflicts

conflicts-open = Conflicts to settle
conflicts-settled = Settled
conflicts-none = Nothing to settle
conflicts-none-next = When two versions of a visit can’t both be, both are kept here until you choose.
conflicts-not-read = The conflicts could not be read
conflict-panel = The chosen conflict
conflict-title = { $name }, { $day }
conflict-patient = { $name }, online,
conflict-did-book = { $who } has it at { $time }.
conflict-did-move = { $who } moved the visit from { $from } to { $time }.
conflict-did-cancel = { $who } cancelled the { $time } visit.
conflict-lost-edit = What the booking service has was done before the desk went back to a backup, which didn’t have it. Both versions are kept until you choose.
conflict-double = Both visits were promised, and there is one chair. Both stand until you choose.
conflict-orphan = Only the booking service knew of this visit. It may be the only trace of a promise to a patient.
conflict-edited-apart = Neither side knew of the other. Both versions are kept until you choose.
conflict-taken = Meanwhile the place went to another. Both versions are kept until you choose.
conflict-after-takeover = It was decided at a desktop after another had taken over. Both versions are kept until you choose.
conflict-overruled = The request was answered twice, and the answer that reached the patient was No. The visit of the other answer still stands here.
conflict-other = A later version of Chairside found this conflict. Both versions are kept until you choose.
conflict-short-lost-edit = A change the backup didn’t have
conflict-short-double = Two visits in one place
conflict-short-orphan = Only the booking service knew of it
conflict-short-edited-apart = Changed on both sides
conflict-short-taken = Its place went to another
conflict-short-after-takeover = Decided after a takeover
conflict-short-overruled = The patient was told No
conflict-short-other = Found by a later version
conflict-with = In that place:
conflict-call = To ask { $name } first: { $phone }
conflict-choices = What can be done
conflict-nothing-lost = Nothing is lost either way: the other version stays in the visit’s history, and Ctrl Z takes the choice back.
conflict-is-settled = Settled
conflict-reopen = Open it again
conflict-settled = settled: { $what }
conflict-opened-again = open again
conflict-not-settled = The conflict was not settled
conflict-not-reopened = The conflict was not opened again

version-at-desk = At the desk
version-at-desk-by = At the desk, { $who }
version-at-online = Online
version-at-online-by = Online, { $who }
version-at-central = At the booking service
version-at-central-by = At the booking service, { $who }
version-stands = Visit at { $time }
version-moved = Moved from { $from } to { $time }
version-cancelled = Cancelled the { $time } visit
version-details = { $kind }, { $minutes } min with { $practitioner }

until-then-stands = Until you choose, { $time } stays booked.
until-then-off = Until you choose, { $time } stays cancelled.
until-then-nothing = Until you choose, nothing is booked here.

choice-keep = Keep { $time }
choice-keep-means = The chair stays booked. If { $name } booked online, a mail says so.
choice-keep-off = Leave it cancelled
choice-keep-off-means = The chair stays free. If { $name } booked online, a mail says it is cancelled.
choice-leave-out = Don’t book it
choice-leave-out-means = No chair is taken, but { $name } may count on the visit: call first.
choice-take = Move it to { $time }
choice-take-means = { $hereTime } becomes free. If { $name } booked online, a mail says the new time.
choice-take-in = Book { $time }
choice-take-in-means = The visit stands on the board, and { $name } can come as promised.
choice-take-off = Cancel the visit
choice-take-off-means = { $hereTime } becomes free. If { $name } booked online, a mail says it is cancelled.
choice-take-over = Book { $time } as well
choice-take-over-means = It stands beside what is there, marked overbooked. Both patients come.
choice-cancel = Cancel { $time }
choice-cancel-means = The chair becomes free. If { $name } booked online, a mail says it is cancelled.

## On the board and beside it

visit-asked-online = A patient asks for this time online
visit-asked-online-words = It is held for them until somebody answers.
place-held = Held online
place-held-label = Held online: { $name }, { $time }, { $kind }, asked { $asked }
place-held-asked = Asked { $asked }
place-filling = Being booked
place-filling-label = Somebody is booking { $time } online just now
online-here-held = A patient is asking for this time online
online-here-filling = Somebody is booking this time online just now
online-here-means = If you book it, they are offered others.

strip-offline = Work as usual.
strip-offline-changes = { $count ->
    [0] Everything is sent; what you change now goes out by itself.
    [one] 1 change is saved here and goes out by itself.
   *[other] { $count } changes are saved here and go out by themselves.
}
strip-offline-held = Online bookings are held.
strip-reconnecting = The booking service is being reached again.
strip-catching-up = The line is back.
strip-catching-up-more = What happened meanwhile is on its way. Online bookings are held until it has arrived.
strip-checking = The line is back.
strip-checking-more = Both sides compare their days, today first. Online bookings are held until then.
strip-clocks = The clocks are { $minutes } minutes apart.
strip-clocks-more = Online bookings are held. Check this computer’s clock.
strip-broken = Online bookings are held: there is no connection.
strip-details = Details
strip-since = Since { $time }:
strip-since-changes = { $count ->
    [one] 1 change
   *[other] { $count } changes
}

panel-requests = Online requests
panel-requests-short = Asked
panel-requests-until = held until answered
panel-requests-all = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
panel-unsent = Not sent yet
panel-unsent-here = saved here
panel-unsent-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
panel-online = Online bookings
panel-online-held = Patients are told that the clinic is offline. What they ask for is held and reaches you when the line is back, first come first served.
panel-online-stands = A visit you book now stands. Anyone who asked online for the same time gets three others to choose from.

unsent-booked = { $name } booked { $time }
unsent-moved = { $name } moved to { $time }
unsent-cancelled = { $name } cancelled
unsent-status-now = { $name } { $status }
unsent-status = { $name } has another status
unsent-described = { $name } changed
unsent-asked = { $name } put before staff
unsent-rejected = { $name } not possible
unsent-conflict = { $name } in conflict

## Since you left

since-title = Since you left
since-words = { $time ->
    [none] What others did meanwhile.
   *[other] What others did since { $time }.
}
since-nothing = Nothing happened
since-nothing-next = Nobody else changed anything since { $time }.
since-nothing-never = Nobody else changed anything.
since-nothing-heard = Nothing heard of so far
since-not-read = What happened could not be read
since-more = There was more than is told here. It stands in the board and under Requests.
since-close = Close
since-gaps = Gaps today
since-group-needs = Needs you
since-group-cancelled = Cancelled
since-group-moved = Moved
since-group-booked = Booked
since-group-rejected = Not possible
since-group-other = Also changed
since-group-rezoned = Clock rules changed, same time of day
since-booked = { $place }
since-moved = { $from } to { $place }
since-moved-here = Moved to { $place }
since-cancelled = { $place }
since-status = { $place }, new status
since-status-now = { $place }: { $status }
since-described = { $place }, described anew
since-rezoned = { $place }, as agreed
since-asked = asks for { $place }
since-rejected = { $place }: { $reason }
since-conflict = Two versions of { $place }
since-online = online

keys-answer = Confirm or decline an online request
keys-requests = Requests
keys-conflicts = Conflicts
keys-since = Since you left
key-board = Board
key-choose = Choose
key-show = Show on the board
key-walk = Walk
