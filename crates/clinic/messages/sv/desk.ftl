# Chairside's words: desk (sv)

## Booking

close = Stäng
change = Ändra
cancel = Avbryt
try-again = Försök igen
still-reading = Läser fortfarande. Klinikens lager svarar långsamt just nu.
minutes = { $count } min

patient = Patient
patient-protected = Skyddad identitet
patient-by-id = Patient { $id }
patient-by-birth = Patient född { $birth }
patient-nameless = Patient utan namn
patient-missed = { $count ->
    [one] uteblev en gång
   *[other] uteblev { $count } gånger
}
patient-child-of = barn till { $name }
patient-last-seen = sågs senast { $day }
patient-never-seen = inte sedd här än
patient-search-hint = del av namn, telefon eller födelsedag
patient-search-again = Sök igen
patient-none-found = Ingen patient stämmer med ”{ $text }”
patient-none-found-next = Pröva färre bokstäver, eller lägg upp en ny.
patient-new = Ny patient
patient-new-named = Ny patient ”{ $text }”

new-patient-unidentified = Namn, födelsedatum eller personnummer saknas: ett av dem räcker.
field-given = Förnamn
field-family = Efternamn
field-birth = Födelsedatum
field-birth-example = 1987-07-14
field-personnummer = Personnummer
field-personnummer-example = 870714-0000
field-phone = Telefon
field-email = E-post
fault-birth-unreadable = Skriv som 1987-07-14, eller bara året.
fault-birth-no-such-day = Den dagen finns inte.
fault-birth-ahead = Den dagen har inte kommit än.
fault-birth-too-long-ago = Så gammal är ingen. Födelseår räknas från { $year }.
fault-birth-contradicts = Personnumret säger ett annat födelsedatum.
fault-personnummer-letters = Här ska bara stå siffror, och ett bindestreck.
fault-personnummer-short = { $count ->
    [one] En siffra saknas.
   *[other] { $count } siffror saknas.
}
fault-personnummer-long = { $count ->
    [one] En siffra för mycket.
   *[other] { $count } siffror för mycket.
}
fault-personnummer-day = De första siffrorna är inget datum.
fault-personnummer-check = Sista siffran stämmer inte med de andra. Gå igenom dem en i taget.
fault-phone-letters = Här ska bara stå siffror; se efter ett stort O.
fault-phone-short = { $count ->
    [one] Minst en siffra saknas.
   *[other] Minst { $count } siffror saknas.
}
fault-phone-long = { $count ->
    [one] En siffra för mycket.
   *[other] { $count } siffror för mycket.
}
fault-email = Det som står efter @ är ingen adress.
fault-email-at = Ett @ saknas.

booking-title = Nytt besök
kind = Besökstyp
with = Hos
whoever-is-first = Den som är först
chair = Stol
chair-none = Ingen särskild
length = Längd
length-shorter = Fem minuter kortare
length-longer = Fem minuter längre
openings = Nästa lediga
openings-none-today = inga { $count } minuter kvar i dag
openings-none = Inget är ledigt för { $count } minuter.
openings-none-next = Gör det kortare, fråga hos någon annan, eller skriv en egen tid.
own-time = Eller en egen tid
phrase-hint = ”tis 16”, ”26/11 9.30”
phrase-unread = ”{ $text }” är varken en tid eller någon här. Skriv till exempel ”tis 16, Erik”.
day-today = I dag
day-tomorrow = I morgon
place-instead = { $place } i stället
place-instead-with = { $place } { $practitioner }
nobody-free = Ingen har { $count } minuter lediga, { $place }
nobody-free-next = Ta en av de närmaste, eller välj hos vem och dubbelboka.
clash-title = { $span } är upptaget
clash-booked = { $name } är bokad { $span } hos { $practitioner }.
clash-follows = { $name } följer { $start }.
clash-overlap = { $count ->
    [one] { $name } skulle gå in i det.
    [2] { $name } skulle gå in i båda.
   *[other] { $name } skulle gå in i alla { $count }.
}
overbook = Dubbelboka, med skäl
overbook-not = Dubbelboka inte
overbook-reason = Varför det dubbelbokas
overbook-reason-hint = sparas med besöket
standing-refused = Det här går inte att boka
warning-accepted = { $what } Godtaget.
book-anyway = Boka ändå
check-failed = Det gick inte att se om tiden är ledig
booking-failed = Besöket bokades inte
note = Anteckning
note-hint = patienter ser aldrig detta
note-count = { $count } av { $most }
note-too-long = { $count ->
    [one] Ett tecken för mycket.
   *[other] { $count } tecken för mycket.
}
source = Källa
source-prefix = Källa:
source-phone = Telefon
source-desk = I receptionen
source-online = På nätet
source-referral = Remiss
source-recall = Kallelse
source-other = Annat
book = Boka
park = Parkera
leave-title = Lämna bokningen?
leave-words = Inget av den är sparat än. Parkerad väntar den i sidopanelen tills du kommer tillbaka.
leave-discard = Kasta den
leave-stay = Fortsätt

find-title = Sök patient
find-book = Boka besök
find-coming = Kommande
find-past = Tidigare
find-none-coming = Inget besök framöver.
find-none-past = Inget besök hittills.
find-failed = Patienten kunde inte läsas
find-hint = Enter visar besöken.

visit-title = Besök
visit-when = När
visit-with = Hos
visit-length = Längd
visit-source = Bokat via
visit-status = Status
visit-confirmed = Patienten har själv sagt ja
visit-cancel = Avboka besöket
visit-save = Spara
visit-saved-not = Ändringen sparades inte
visit-cancelled-by-patient = Avbokat av patienten
visit-cancelled-by-clinic = Avbokat av kliniken
visit-cancelled-by-unknown = Avbokat
visit-no-reason = inget skäl angivet
visit-overbooked = Dubbelbokat
visit-clashes = Går in i ett annat besök
visit-clashes-words = Ingen har sagt att det är meningen. Flytta ett av dem, eller låt det vara.
visit-imported = Från ett annat system
visit-more = Också för patienten
visit-unsaved-title = Lämna utan att spara?
visit-unsaved-words = Anteckningen eller typen är ändrad och inte sparad än.
visit-unsaved-discard = Låt det vara som det var
visit-birth = Född
visit-phone = Telefon
set-proposed = Håll online
set-pending = Lägg fram
set-booked = Tillbaka till bokad
set-arrived = Här
set-checked-in = I stolen
set-fulfilled = Klar
set-noshow = Kom inte
set-waitlist = Återbudslista
set-entered-in-error = Inlagd av misstag
set-cancelled = Avboka

changed-title = Någon annan har ändrat besöket
changed-words = Det är nu version { $version }; det du skrev står kvar. Läs om det och spara sedan.
changed-words-unknown = Det finns en nyare version; det du skrev står kvar. Läs om den och spara sedan.
changed-read-again = Läs om

flag-imported = Kom från ett annat system.
flag-clashes = Gick in i ett annat besök när det kom in.
flag-off-grid = Börjar inte på klinikens rutnät.
flag-in-break = Går in i en rast.
flag-outside-hours = Går utanför öppettiderna.
flag-no-time = Det andra systemet angav inget klockslag; det står vid midnatt.
flag-no-length = Det andra systemet angav ingen längd; typens vanliga användes.
flag-clock-change = Den natten ställdes klockan om: tiden finns inte, eller finns två gånger.
flag-no-patient = Det andra systemet sade inte vems besöket var.
flag-practitioner-inactive = Behandlaren arbetade inte här den dagen.

cancel-title = Avboka { $name }, { $place }?
cancel-by = Vem avbokar
cancel-by-patient = Patienten
cancel-by-clinic = Kliniken
cancel-reason = Skäl
cancel-reason-hint = får lämnas tomt
cancel-reason-ill = Sjuk
cancel-reason-time = Tiden passar inte
cancel-reason-work = Måste arbeta
cancel-reason-better = Behövs inte längre
cancel-reason-practitioner-ill = Behandlaren är sjuk
cancel-reason-equipment = Utrustningen är trasig
cancel-reason-rescheduled = Flyttat av kliniken
cancel-reason-mistake = Bokat av misstag
cancel-keep = Behåll det
cancel-do = Avboka besöket
cancel-failed = Besöket avbokades inte

move-title = Flytta { $name } till { $place }?
move-from = Står { $place } hos { $practitioner }.
move-anyway = Flytta ändå
move-do = Flytta
move-leave = Låt det stå kvar
move-failed = Besöket flyttades inte
