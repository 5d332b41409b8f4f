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
patient-nameless = Inget namn angivet
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

visit-title = Besök
visit-when = När
visit-with = Hos
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
visit-unsaved-title = Lämna utan att spara?
visit-unsaved-words = Anteckningen eller typen är ändrad och inte sparad än.
visit-unsaved-discard = Låt det vara som det var
visit-is-proposed = Hålls, online
visit-is-pending = Förfrågan
visit-is-booked = Bokad
visit-is-arrived = Väntar
visit-is-checked-in = I stolen
visit-is-fulfilled = Klar
visit-is-cancelled = Avbokad
visit-is-noshow = Uteblev
visit-is-waitlist = Återbudslista
visit-is-entered-in-error = Inlagd av misstag
set-proposed = Håll online
set-pending = Lägg fram
set-booked = Tillbaka till bokad
set-arrived = Här
set-checked-in = I stolen
set-fulfilled = Klar
set-noshow = Kom inte
set-waitlist = Återbudslista
set-entered-in-error = Inlagd av misstag

changed-title = Någon annan har ändrat besöket
changed-theirs = Deras anteckning nu: ”{ $note }” Det du skrev står kvar.
changed-theirs-empty = Deras har ingen anteckning nu. Det du skrev står kvar.
changed-keep-mine = Fortsätt med min
changed-take-theirs = Ta deras
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

cancel-title = Avboka besöket för { $name }?
cancel-by = Vem avbokar
cancel-by-patient = Patienten
cancel-by-clinic = Kliniken
cancel-reason = Skäl
cancel-reasons = Vanliga skäl
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

move-title = Flytta { $name }?
move-from = Från { $from }
move-to = Till { $to }
move-anyway = Flytta ändå
move-do = Flytta
move-leave = Låt det stå kvar
move-failed = Besöket flyttades inte

## Board and shell

app-name = Chairside
window-title = { $clinic } · Chairside
announce = { $name }: { $what }

rail-name = Vyer
rail-board = Dagen
rail-patients = Patienter
rail-settings = Inställningar

top-previous = Dagen före
top-next = Dagen efter
top-today = I dag
top-week = Vecka { $week }
top-pick-day = Välj en dag (G)
top-find = Sök patient
top-acting = { $name } arbetar vid den här datorn
connection-not-paired = Inte kopplad
connection-works-here = fungerar på den här datorn
connection-not-paired-why = Allt sparas på den här datorn. För bokningar på nätet behöver kliniken kopplas till en bokningstjänst.
connection-broken = Ingen anslutning
connection-offline = Nedkopplad sedan { $since }
connection-reconnecting = Återansluter sedan { $since }
connection-catching-up = Hämtar ikapp { $done } av { $most }
connection-clocks-apart = Klockorna skiljer sig
connection-checking = Jämför, i dag först
connection-live = Uppkopplad
connection-heard-at = hördes senast { $heard }
connection-open = Så är den här datorn ansluten
connection-means-offline = Arbeta som vanligt. { $unsent ->
    [0] Allt härifrån är skickat; det som ändras nu skickas av sig självt.
    [one] 1 ändring är sparad här och skickas av sig själv.
   *[other] { $unsent } ändringar är sparade här och skickas av sig själva.
}
connection-means-reconnecting = Arbeta som vanligt. Bokningstjänsten söks på nytt; du behöver inte göra något.
connection-means-catching-up = Det som hänt under tiden är på väg. Bokningar på nätet väntar tills alla dagar är jämförda.
connection-means-checking = Båda sidor jämför sina dagar. Bokningar på nätet väntar tills deras dag visat sig lika.
connection-means-live = Bokningar på nätet når kliniken direkt.
connection-superseded = En annan dator bestämmer nu för kliniken. Det som bokas här når den som en önskan.
connection-another = En annan dator talar för den här kliniken. Ta reda på vilken som är den rätta innan du fortsätter.
connection-clocks = Klockorna här och hos bokningstjänsten skiljer sig { $minutes } minuter. Ställ den här datorns klocka; tills dess avgörs ingen bokning på nätet.
connection-service = Bokningstjänst
connection-since = Så sedan
connection-heard = Hördes senast
connection-heard-never = Inte än i dag
connection-unsent = Inte skickat än
connection-changes = { $count ->
    [0] Ingenting
    [one] 1 ändring
   *[other] { $count } ändringar
}
connection-acknowledged = Tjänsten har
connection-acknowledged-none = Ingenting än
connection-entry = Allt till och med ändring { $number }
connection-waiting = På nätet
connection-requests = { $held ->
    [0] Inget väntar
   *[other] { $held } väntar
}, { $filling ->
    [0] inget fylls i
   *[other] { $filling } fylls i
}
connection-days = { $equal } av { $all } dagar är bevisat lika
connection-days-later = { $all } dagar jämförs när linjen är tillbaka
connection-day-equal = { $date }: lika
connection-day-unknown = { $date }: inte jämförd än
connection-day-disputed = { $date }: olika
connection-disputed = De två sidorna skiljer sig för gott { $days }. Varje bokning på nätet för de dagarna läggs fram för dig.
connection-compare-again = Jämför igen
connection-comparing = Alla dagar jämförs igen.
connection-pair-again = Koppla på nytt
connection-pair-again-why = En ny koppling ersätter den som finns. Koden får du från klinikens bokningstjänst.
connection-log = De senaste anslutningarna
connection-word-offline = Nedkopplad
connection-word-reconnecting = Återansluter
connection-word-catching-up = Hämtar ikapp
connection-word-checking = Jämför
connection-word-live = Uppkopplad
connection-failed-pairing = Kopplingen misslyckades
connection-failed-renewal = Certifikatet förnyades inte
connection-failed-opening = Linjen öppnades inte
connection-close = Stäng

pair-address = Bokningstjänstens adress
pair-address-hint = Den börjar med https://
pair-address-missing = Skriv adressen du har fått
pair-code = Kod
pair-code-hint = Tio bokstäver och siffror, gäller i tio minuter
pair-code-missing = Skriv koden du har fått
pair-do = Koppla
pair-busy = Kopplar. Det tar några sekunder.

strip-groups = Behandlare som visas
strip-everyone = Alla
strip-late-group = Försenade
strip-visits = besök
strip-done = klara
strip-late = { $count ->
    [one] försenad
   *[other] försenade
}
strip-clashes = { $count ->
    [one] krock
   *[other] krockar
}
strip-clashes-why = Besök hos samma behandlare som överlappar utan att någon har sagt det.
strip-hidden = { $count } uteblivna eller avbokade, dolda
strip-hours-derived = Öppettiderna är uträknade ur besöken
strip-hours-derived-why = Importen hade inga öppettider. De är uträknade ur besöken och ingen har sett över dem än.
strip-show-struck = Visa uteblivna och avbokade besök
strip-privacy = Visa patienter med initialer
strip-new = Nytt besök

board-name = Dagens tavla
board-visits = { $count ->
    [0] inga besök
   *[other] { $count } besök
}
board-late = { $minutes } min sen
board-in-from = Börjar { $time }
board-back-at = Tillbaka { $time }
board-works-until = Till { $time }
board-not-working = Arbetar inte i dag
board-away = Borta
board-away-because = Borta: { $reason }
board-until = till { $time }
board-free-minutes = Ledigt { $minutes } min
board-free-hours = { $minutes ->
    [0] Ledigt { $hours } h
   *[other] Ledigt { $hours } h { $minutes } min
}
board-place = { $time } hos { $practitioner }
board-place-hint = klicka, eller dra ut längden
board-new-visit-here = Nytt besök
board-empty-today = Inget är bokat i dag
board-empty = Inget är bokat den här dagen
board-empty-click = Klicka på en tid på tavlan, eller tryck
board-empty-end = .
board-no-columns = Ingen arbetar den här dagen
board-closed = Kliniken är stängd den här dagen
board-closed-because = Kliniken är stängd: { $reason }
board-closed-next = Gå till en annan dag med pilarna ovanför, eller till i dag med
board-last-visits = Senaste besöken: { $date }
board-first-visits = Första besöken: { $date }
board-reading = Läser dagen. Det tar längre tid än det borde.
board-not-read = Dagen kunde inte läsas
board-not-fresh = Dagen kunde inte läsas om
board-try-again = Försök igen
board-understood = Jag förstår
board-unknown-problem = Det blev inte gjort. Försök igen; om det inte hjälper, säg koden { $code } till supporten.
board-status-not-saved = Statusen sparades inte
board-move-not-saved = Flytten sparades inte
board-not-undone = Det gick inte att ångra
board-undone = ångrat
board-nudged = { $time }, { $minutes } min
board-no-next = har inget nästa steg
board-no-back = har inget steg tillbaka
board-no-missed = kan inte markeras som utebliven
board-no-cancel = kan inte avbokas längre
board-no-move = kan inte flyttas längre

start-failed = Kliniken kunde inte öppnas
start-reading = Öppnar kliniken. Det tar längre tid än det borde.

status-proposed = Hålls, online
status-pending = Förfrågan
status-booked = Bokad
status-confirmed = Bekräftad
status-waiting = Väntar
status-waiting-minutes = Väntar { $minutes } min
status-waiting-minutes-short = Väntar { $minutes } min
status-seated = I stolen
status-seated-short = I stolen
status-seated-minutes = I stolen { $minutes } min
status-seated-minutes-short = Stol { $minutes } min
status-done = Klar
status-noshow = Uteblev
status-cancelled = Avbokad
status-overbooked = Dubbelbokad
status-unsent = Inte skickad

card-label = { $name }, { $time }, { $kind }, { $status }, hos { $practitioner }

done-booked = bokades { $time }
done-moved = flyttades till { $time }
done-moved-day = flyttades till en annan dag
done-lengthened = är nu { $minutes } min
done-this-is = är patienten nu
done-described = ändrades
done-status-proposed = hålls
done-status-pending = lades fram
done-status-booked = är bokad igen
done-status-arrived = kom
done-status-checked-in = sitter i stolen
done-status-fulfilled = är klar
done-status-cancelled = avbokades
done-status-noshow = uteblev
done-status-waitlist = står på väntelistan
done-status-entered-in-error = var felaktigt införd

set-status-booked = Bokad
set-status-arrived = Har kommit
set-status-checked-in = I stolen
set-status-fulfilled = Klar

key-new = Nytt besök
key-find = Sök patient
key-open = Öppna
key-move = Flytta
key-lengthen = Längd
key-missed = Uteblev
key-cancel = Avboka
key-all = Alla tangenter
key-undo = Ångra
key-last = { $name } { $what }, { $time }
key-name-space = Mellanslag

keys-title = Tangenter
keys-card = På ett besök
keys-anywhere = Överallt
keys-next = Har kommit, i stolen, klar
keys-back = Ett steg tillbaka
keys-missed = Uteblev
keys-open = Öppna besöket
keys-cancel = Avboka besöket
keys-walk = Till nästa kort
keys-ends = Första och sista i kolumnen
keys-move = Flytta i tiden, eller till kolumnen bredvid
keys-lengthen = Fem minuter längre eller kortare
keys-new = Nytt besök
keys-find = Sök patient
keys-undo = Ångra det senaste
keys-today = I dag
keys-step = Dagen före och dagen efter
keys-goto = Välj en dag
keys-this = De här tangenterna

panel-name = Väntrum och luckor
panel-waiting = Väntrum
panel-waiting-short = Väntar
panel-limit = gräns { $minutes } min
panel-minutes = { $minutes } min
panel-nobody-waits = Ingen väntar
panel-nobody-waits-next = När en patient kommer, välj besöket och tryck
panel-waiting-today-only = Väntrummet gäller i dag.
panel-gaps-today = Luckor i dag
panel-gaps-day = Luckor den här dagen
panel-gaps-short = Luckor
panel-no-gaps = Inga luckor.
panel-book = Boka
panel-parked = Parkerat
panel-parked-nobody = Ingen vald än
panel-resume = Fortsätt

month-name = Välj en dag
month-previous = Månaden före
month-next = Månaden efter
month-closed = { $date }, stängt
month-day = { $date }, { $count } besök, { $percent } % bokat
month-fill = Strecket visar hur mycket av dagen som är bokat.

settings-title = Inställningar
settings-remark = { $clinic }, på den här datorn
settings-language = Språk
language-sv = Svenska
language-en = English
settings-theme = Färger
theme-system = Som datorn
theme-light = Ljust
theme-dark = Mörkt
settings-rows = Höjd på en kvart
settings-rows-fit = Hela dagen
settings-privacy-why = För skärmar som patienter kan se
settings-letter-keys = Enstaka bokstäver fungerar som tangenter
settings-letter-keys-why = Stäng av om du skriver med rösten eller med kontakter
settings-close = Stäng
