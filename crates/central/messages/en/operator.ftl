# What an operator reads: on the command line and on the operator's page.

clinic-added =
    The clinic is added. Its id is { $clinic }
    The code for its desk is { $code }. It is good once, for ten minutes.
code-drawn = The code for the desk is { $code }. It is good once, for ten minutes; the one before is not good any more.
partner-key-drawn = The key that opens the bookings of the clinic { $clinic } is { $key }. It is shown this once; the one before opens nothing any more.
partner-key-revoked = No key opens the bookings of the clinic { $clinic } any more.
device-revoked = The desk { $device } is heard no more. Only a new code lets it in again.
broker-files-written = The broker’s files are in { $folder }. Start Mosquitto with the settings file there.

column-clinic = Clinic
column-state = State
column-since = Since
column-waiting = Waiting
column-oldest = Oldest
column-sent = On the way
column-mails = Mails
column-notes = Look at
column-id = Id
column-device = Desk
column-paired = Paired
column-until = Certificate until
column-age = Age
column-wish = Wish
column-contact = Answer to
column-visit = Visit
column-found = Found
column-why = Why
column-says = It says
column-tried = Last tried
column-booking = Booking

state-live = Live
state-awaiting-desk = Awaits its desk
state-checking = Checking
state-catching-up = Catching up
state-reconnecting = Reconnecting
state-offline = Offline

request-requested = being checked
request-held = waits
request-sent = sent, no answer yet
wish-book = new visit
wish-move = move
wish-cancel = cancel
urgent = urgent
why-unreadable = it cannot be read
why-refused = the clinic could not take it
why-never-ended = it never came to an end

undelivered-smtp-later = the mail server did not take it in all its tries
undelivered-smtp-refused = the mail server refuses it for good
undelivered-smtp-plain-abroad = plain text is sent to this machine only
undelivered-smtp-tls = TLS could not be set up
undelivered-mail-folder = the folder for mails could not be written to
undelivered-mail-address = the address cannot be written to
undelivered-mail-parts = it could not be put together
undelivered-mail-no-contact = there is nobody to write to
undelivered-mail-panicked = the program failed
outcome-received = received
outcome-held = held
outcome-confirmed = confirmed
outcome-not-possible = not possible
outcome-expired = no answer in time
outcome-withdrawn = withdrawn
outcome-cancelled-by-you = cancelled
outcome-moved-by-clinic = moved by the clinic
outcome-cancelled-by-clinic = cancelled by the clinic
outcome-cancellation-sent = cancellation sent
outcome-not-moved = not moved

orphan-heard = the clinic knows of it
orphan-unheard = only here: the clinic has not heard of it

desk-allowed = may speak
desk-expired = certificate is over
desk-revoked = revoked
desk-not-renewed = certificate not renewed { $age } ago: { $why }
renewal-request-unusable = its request could not be read
renewal-key-mismatch = it has another key than it was paired with
renewal-certificate-too-old = it ended more than 90 days ago; pair the desk anew
renewal-internal = central could not make one; its log says why

note-aside = set aside: { $count }
note-orphans = orphans: { $count }
note-mails-dead = mails not delivered: { $count }
note-clocks-apart = clocks too far apart
note-disputed = days in dispute: { $count }
note-breaker-open = not called just now
note-breaker-half-open = one call tries whether it answers
note-replaying = mails wait until the clinic was heard out

age-now = just now
age-minutes = { $count } min
age-hours = { $count } h
age-days = { $count } d
size-megabytes = { $count } MB

clinics-none = There is no clinic yet. Add one: chairside-central clinic add NAME --facts FILE
devices-none = No desk is paired yet.
queue-none = Nothing waits.
orphans-none = There is no orphan: whatever is here, its clinic has.
quarantine-none = Nothing is set aside.
mails-none = Every mail was delivered, or is still being tried.
not-serving = The service is not running. States are those it left.

page-title = Chairside central
page-when = As of { $moment }, version { $version }
page-about = This page
page-now = Look again
page-anew = Look again every minute
page-anew-stop = Stop looking every minute
page-other-language = På svenska
page-skip = To the numbers
page-figures = In hand
page-first = These are the first { $count }. All of them: chairside-central on the command line.
page-failed = Nothing can be shown just now.

figure-live = Clinics live
figure-waiting = Requests waiting
figure-oldest = oldest { $age }
figure-sent = On their way
figure-aside = Set aside
figure-orphans = Orphans
figure-mails = Mails waiting
figure-broker = Broker
figure-backup = Last backup
broker-up = Reached
broker-down = Not reached
broker-none = None
backup-none = None
backup-not-set = none are made: backup_dir
backup-failed = failed { $age } ago: { $code }

title-clinics = Clinics
title-queue = Requests in line
title-aside = Set aside
title-mails = Mails not delivered
title-orphans = Orphans
title-devices = Desks
column-request = Request
column-known = Known to its clinic
empty-clinics = There is no clinic yet.
empty-clinics-next = Add one: chairside-central clinic add NAME --facts FILE
empty-queue-next = What patients wish while a clinic is away stands here until it is back.
empty-aside-next = A request that its clinic cannot take stands here, out of everybody’s way.
aside-next = Ask the clinic, or look into its log. Then: chairside-central quarantine try-again ID
empty-mails-next = A mail that its server refuses, or did not take in many tries, stands here: its patient has to be called.
mails-next = See that the mail server’s address is right, or have the patient called. Then: chairside-central mails try-again BOOKING
empty-orphans-next = A visit that a clinic lost with an older copy of its store stands here until its desk has decided.
empty-devices-next = Draw a code for a clinic’s desk: chairside-central clinic code CLINIC

back-in-line = The request { $request } is back in its place.
mails-back-in-line = { $count } mails about the booking { $booking } are tried again.
backed-up = Backed up to { $to } and checked: { $size }, { $clinics } clinics, { $bookings } bookings, { $requests } requests.
restored = Restored into { $data } what was backed up on { $made }: { $clinics } clinics, { $bookings } bookings, { $requests } requests. No mail leaves for a clinic before it was heard out.

refused-otherwise = It was not done: { $about }
refused-no-store = There is no store in { $about }. Nothing was done.
refused-store-in-use = The store in { $about } is in use by a process that does not answer. Nothing was done.
refused-store-newer = The store was written by a newer version of chairside-central. Nothing was changed; use that version, or a newer one.
refused-not-a-store = { $about } is no store of chairside-central. Nothing was changed.
refused-disk-full = The disk is full. Nothing was changed; make room and try again.
refused-store-read-only = The store cannot be written to. See who owns the folder, and whether the disk is mounted for writing.
refused-store-damaged = The store is damaged ({ $about }). Bring a backup back: chairside-central restore.
refused-clinic-unknown = There is no clinic { $about }.
refused-clinic-ambiguous = More than one clinic is called { $about }. Name it by its id.
refused-device-unknown = No desk { $about } may speak for a clinic. Nothing was changed.
refused-broker-files = The broker’s files could not be written: { $about }.
refused-clinic-known = The clinic { $about } is there already. Nothing was changed.
refused-no-answer = The running service went away before it answered ({ $about }). Look whether it was done before trying again.
refused-unknown-ask = The running service does not know this command: it is of another version ({ $about }).

demo-ready = The demo runs at { $url }. Ctrl+C ends it; the next run goes on where this one ended.
demo-clinic = { $name }
    clinic { $id }
    desk { $desk }
demo-desk = { $name } opened its desk at { $desk }
demo-mails = Mails are written to { $path }
demo-book = Book a free time:
demo-free = Free everything again:

refused-demo-not-live = Not every clinic could be reached in time. The log in the clinic’s folder says why.
refused-demo-folder = Something else lies in { $about }. Name an empty folder for the demo.
refused-demo-in-use = A demo runs in { $about } already. Nothing was changed.
refused-demo-program = The clinics’ program is missing ({ $about }). Build chairside-clinic, or name it in CHAIRSIDE_CLINIC_BIN.
refused-file-exists = { $about } is there already, and nothing was written over it.
refused-no-such-file = There is no { $about }.
refused-store-file = A file could not be read or written: { $about }
refused-no-dead-mail = No mail about the booking { $about } was given up. Nothing was changed.
refused-not-set-aside = The request { $about } is not set aside. Nothing was changed.
