# Chairside's words: what comes from online (sv)

## Requests

rail-requests = Förfrågningar
rail-conflicts = Konflikter
rail-waiting = { $count ->
    [one] 1 väntar på dig
   *[other] { $count } väntar på dig
}

requests-tabs = Förfrågningar efter hur långt de kommit
requests-waiting = Väntar på svar
requests-all = Alla förfrågningar
requests-ledger = Efter avbrottet
requests-not-read = Förfrågningarna kunde inte läsas
requests-not-paired = Ingen kan be om en tid på nätet än
requests-not-paired-next = För bokningar på nätet måste kliniken kopplas till en bokningstjänst.
requests-pair = Koppla
requests-none-waiting = Inget väntar på svar
requests-none-waiting-rule = Lediga tider bekräftas av sig själva. Det som frågats står under Alla förfrågningar.
requests-none-waiting-ask = Det patienter ber om på nätet står här och på tavlan så snart det kommer in.
requests-none-heard = Kliniken har inte hört om någon förfrågan än
heard-down = Linjen är nere. Det patienter ber om under tiden hålls, och står här när linjen är tillbaka.
heard-checking = Linjen är tillbaka, och båda sidor jämförs fortfarande. Det patienter bett om under tiden står här när det är klart.

column-asked = Frågade
column-patient = Patient
column-phone = Telefon
column-wanted = Önskar
column-until = Svara senast
column-answer = Svar
column-why = Varför
column-told = Besked
column-since = Sedan
column-visit = Besök
column-what = Vad som hänt

day-today-within = i dag
wanted-unknown = en tid som inte längre är känd
wanted-with = { $place }, { $practitioner }
wanted-cancel = Avboka { $place }
wanted-move = Flytta till { $place }
wanted-what-book = { $kind }, { $practitioner }
wanted-what-move = Flytt, { $kind }, { $practitioner }
wanted-what-cancel = Avbokning, { $kind }, { $practitioner }
until-you = du
until-disputed = bara du

outcome-confirmed = Bekräftad
outcome-not-possible = Går inte
outcome-needs-you = Väntar på dig
outcome-cancelled = Avbokad av patienten
outcome-withdrawn = Återtagen av patienten
outcome-expired = Utgången
filter-all = Alla
filter-confirmed = Bekräftade
filter-not-possible = Går inte
filter-needs-you = Väntar på dig
filter-cancelled = Avbokade
filter-withdrawn = Återtagna
filter-expired = Utgångna
told-not-yet = inte än

why-waits = Väntar på ditt svar
why-disputed = De två sidorna skiljer sig den dagen
why-withdrawn = Patienten ändrade sig innan den nådde er
why-expired = Tiden kom innan den nådde er
why-urgent = Akut, därför först
why-by = Besvarad av { $name }
why-offered = { $count ->
    [one] { $reason }, 1 annan erbjöds
   *[other] { $reason }, { $count } andra erbjöds
}
reason-taken = Tiden var tagen
reason-past = Tiden hade passerat
reason-outside-hours = Utanför arbetstid
reason-practitioner-left = Behandlaren tar inte emot besök där
reason-kind-gone = Den sortens besök erbjuds inte längre
reason-unknown-booking = Inget sådant besök är känt
reason-changed-meanwhile = Besöket ändrades här under tiden
reason-booking-rejected = Själva besöket gick inte
reason-already-started = Besöket hade börjat
reason-declined = Nekad i receptionen
reason-not-possible = Det går inte alls

patient-the = Patienten
patient-the-within = patienten
request-panel = Den valda förfrågan
request-asked-at = Frågade på nätet { $time }
request-urgent = Akut
request-urgent-short = Akut
request-disputed = De två sidorna skiljer sig den dagen
request-disputed-why = Ingen regel avgör den. Se på dagen på tavlan och svara sedan.
request-wish-book = { $kind }, { $minutes } min hos { $practitioner }
request-wish-move = Vill flytta: { $kind }, { $minutes } min hos { $practitioner }
request-wish-cancel = Vill avboka: { $kind } hos { $practitioner }
request-from = Besöket är nu bokat { $place }.
request-confirm = Bekräfta
alike-title = Kanske samma som { $name }
alike-this-is = Detta är { $name }
alike-confirm = Bekräfta som { $name }
alike-confirm-means = Besöket blir den kända patientens.
alike-not-said = Bekräftat, men vems besöket är ändrades inte
request-answers = Vad du kan svara
request-confirm-means-book = { $place } blir ett besök. { $name } får ett mejl om att det är bekräftat.
request-confirm-means-move = Besöket flyttas till { $within }. { $name } får ett mejl med den nya tiden.
request-confirm-means-cancel = { $place } blir ledig. { $name } får ett mejl om att besöket är avbokat.
request-decline = Neka
request-decline-means-book = { $place } blir ledig igen. { $name } får ett mejl med tre andra tider.
request-decline-means-move = Besöket står kvar. { $name } får ett mejl med tre andra tider än { $within }.
request-decline-means-cancel = { $place } förblir bokad. { $name } får ett mejl som säger det.
request-until = Utan svar före { $time } bekräftas den av sig själv.
request-waits-for-you = Den väntar tills någon svarar.
request-open = Visa på tavlan
request-confirmed = bekräftad
request-declined = nekad
request-answered-already = var redan besvarad
request-not-answered = Förfrågan besvarades inte

decline-title = Neka { $name }s förfrågan?
decline-for-good = Det går inte att ångra.
decline-keep = Låt den vänta
decline-do = Neka

held-title = Hålls tills linjen är tillbaka och jämförd
held-words = Bokningstjänsten håller dem åt dig. De besvaras i tur och ordning så snart deras dag är lika på båda sidor, akuta först.
held-nameless = Namnet kommer
held-more = { $count ->
    [one] och 1 till
   *[other] och { $count } till
}

rule-title = Förfrågningar på nätet
rule-by-rule = Bekräfta av sig själv
rule-ask = Fråga personalen
rule-limit = I högst
rule-minutes = { $count } min
rule-hours = { $count ->
    [one] 1 timme
   *[other] { $count } timmar
}
rule-by-rule-means = En förfrågan om en ledig tid bekräftas av sig själv, genast.
rule-ask-means = Varje förfrågan väntar här och på tavlan. Utan svar bekräftas den av sig själv efter { $limit }.
rule-not-changed = Regeln ändrades inte

## The ledger

ledger-not-read = Svaren kunde inte läsas
ledger-none = Inget har frågats på nätet än
ledger-none-next = Varje förfrågan står här när den är besvarad, med svar och skäl.
ledger-read-on = Tidigare
ledger-filters = Visa
ledger-csv = CSV
ledger-file = efter-avbrottet
outage-none = Linjen har inte varit nere
outage-none-next = Efter ett avbrott står varje förfrågan som hölls här, med svar, skäl och båda tiderna.
outage-choose = Vilket avbrott
outage-down = Linjen var nere { $span }
outage-down-since = Linjen är nere sedan { $time }
outage-length = { $hours ->
    [0] { $minutes } min
   *[other] { $hours } h { $minutes } min
}
outage-under-a-minute = under en minut
outage-words = { $day }, { $length }. { $count ->
    [0] Inget frågades på nätet under tiden.
    [one] 1 förfrågan på nätet hölls.
   *[other] { $count } förfrågningar på nätet hölls.
} { $released ->
    [0] { "" }
    [one] 1 besvarades.
   *[other] { $released } besvarades i tur och ordning, akuta först.
} { $waiting ->
    [0] { "" }
    [one] En av dem väntar på dig.
   *[other] { $waiting } av dem väntar på dig.
}
outage-words-down = { $day }, { $length } hittills. Arbeta som vanligt. { $count ->
    [0] Det patienter ber om på nätet hålls och besvaras i tur och ordning när linjen är tillbaka.
    [one] 1 förfrågan på nätet hålls. Den besvaras när linjen är tillbaka.
   *[other] { $count } förfrågningar på nätet hålls. De besvaras i tur och ordning när linjen är tillbaka, akuta först.
} { $released ->
    [0] { "" }
    [one] 1 är besvarad.
   *[other] { $released } är besvarade.
} { $waiting ->
    [0] { "" }
    [one] 1 väntar på dig.
   *[other] { $waiting } väntar på dig.
}
outage-words-checking = { $day }, { $length }. Linjen är tillbaka, och båda sidor jämförs fortfarande. { $count ->
    [0] Kliniken har inte hört om någon förfrågan än.
    [one] 1 förfrågan på nätet är känd hittills.
   *[other] { $count } förfrågningar på nätet är kända hittills.
} { $released ->
    [0] { "" }
    [one] 1 är besvarad.
   *[other] { $released } är besvarade.
} { $waiting ->
    [0] { "" }
    [one] 1 väntar på dig.
   *[other] { $waiting } väntar på dig.
}
outage-nothing-asked = Inget frågades på nätet under tiden
outage-nothing-asked-next = Båda sidor är i takt igen; det fanns inget att släppa.
milestone-lost = Linjen bröts
milestone-back = Linjen tillbaka
milestone-sent = { $count ->
    [0] Inget att skicka
    [one] 1 ändring skickad
   *[other] { $count } ändringar skickade
}
milestone-equal = { $count ->
    [0] Båda sidor lika
    [one] Lika, 1 dag
   *[other] Lika, { $count } dagar
}
milestone-released = { $count ->
    [0] Inget hölls
   *[other] { $count } släppta
}
milestone-sent-ahead = Ändringar skickade
milestone-equal-ahead = Båda sidor lika
milestone-released-ahead = Det hållna släppt
milestone-not-yet = inte än

## Conflicts

conflicts-open = Konflikter att avgöra
conflicts-settled = Avgjorda
conflicts-none = Inget att avgöra
conflicts-none-next = När två versioner av ett besök inte kan gälla båda sparas båda här tills du väljer.
conflicts-not-read = Konflikterna kunde inte läsas
conflict-panel = Den valda konflikten
conflict-title = { $name }, { $day }
conflict-patient = { $name }, på nätet,
conflict-did-book = { $who } har det klockan { $time }.
conflict-did-move = { $who } flyttade besöket från { $from } till { $time }.
conflict-did-cancel = { $who } avbokade besöket { $time }.
conflict-lost-edit = Det som bokningstjänsten har gjordes innan datorn gick tillbaka till en säkerhetskopia, som inte hade det. Båda versionerna finns kvar tills du väljer.
conflict-double = Båda besöken var utlovade, och det finns en stol. Båda står kvar tills du väljer.
conflict-orphan = Bara bokningstjänsten kände till besöket. Det kan vara det enda spåret av ett löfte till en patient.
conflict-edited-apart = Ingen av sidorna kände till den andra. Båda versionerna finns kvar tills du väljer.
conflict-taken = Under tiden gick platsen till någon annan. Båda versionerna finns kvar tills du väljer.
conflict-after-takeover = Det bestämdes på en dator efter att en annan hade tagit över. Båda versionerna finns kvar tills du väljer.
conflict-overruled = Förfrågan besvarades två gånger, och svaret som nådde patienten var nej. Besöket från det andra svaret står kvar här.
conflict-other = En senare version av Chairside fann konflikten. Båda versionerna finns kvar tills du väljer.
conflict-short-lost-edit = En ändring som kopian inte hade
conflict-short-double = Två besök på en plats
conflict-short-orphan = Bara bokningstjänsten kände till det
conflict-short-edited-apart = Ändrat på båda sidor
conflict-short-taken = Platsen gick till någon annan
conflict-short-after-takeover = Bestämt efter ett övertagande
conflict-short-overruled = Patienten fick nej
conflict-short-other = Funnen av en senare version
conflict-with = På den platsen:
conflict-call = För att fråga { $name } först: { $phone }
conflict-choices = Vad som kan göras
conflict-nothing-lost = Inget går förlorat: den andra versionen finns kvar i besökets historik, och Ctrl Z ångrar valet.
conflict-is-settled = Avgjord
conflict-reopen = Öppna igen
conflict-settled = avgjort: { $what }
conflict-opened-again = öppen igen
conflict-not-settled = Konflikten avgjordes inte
conflict-not-reopened = Konflikten öppnades inte igen

version-at-desk = I receptionen
version-at-desk-by = I receptionen, { $who }
version-at-online = På nätet
version-at-online-by = På nätet, { $who }
version-at-central = Hos bokningstjänsten
version-at-central-by = Hos bokningstjänsten, { $who }
version-stands = Besök { $time }
version-moved = Flyttat från { $from } till { $time }
version-cancelled = Avbokade besöket { $time }
version-details = { $kind }, { $minutes } min hos { $practitioner }

until-then-stands = Tills du väljer förblir { $time } bokad.
until-then-off = Tills du väljer förblir { $time } avbokad.
until-then-nothing = Tills du väljer är inget bokat här.

choice-keep = Behåll { $time }
choice-keep-means = Stolen förblir bokad. Om { $name } bokade på nätet kommer ett mejl om det.
choice-keep-off = Låt det vara avbokat
choice-keep-off-means = Stolen förblir ledig. Om { $name } bokade på nätet kommer ett mejl om att besöket är avbokat.
choice-leave-out = Boka det inte
choice-leave-out-means = Ingen stol tas, men { $name } kan räkna med besöket: ring först.
choice-take = Flytta till { $time }
choice-take-means = { $hereTime } blir ledig. Om { $name } bokade på nätet kommer ett mejl med den nya tiden.
choice-take-in = Boka { $time }
choice-take-in-means = Besöket står på tavlan, och { $name } kan komma som utlovat.
choice-take-off = Avboka besöket
choice-take-off-means = { $hereTime } blir ledig. Om { $name } bokade på nätet kommer ett mejl om att besöket är avbokat.
choice-take-over = Boka { $time } också
choice-take-over-means = Det står bredvid det som finns där, som dubbelbokat. Båda patienterna kommer.
choice-cancel = Avboka { $time }
choice-cancel-means = Stolen blir ledig. Om { $name } bokade på nätet kommer ett mejl om att besöket är avbokat.

## On the board and beside it

visit-asked-online = En patient ber om den här tiden på nätet
visit-asked-online-words = Den hålls tills någon svarar.
place-held = Hålls, online
place-held-label = Hålls, online: { $name }, { $time }, { $kind }, frågade { $asked }
place-held-asked = Frågade { $asked }
place-filling = Bokas just nu
place-filling-label = Någon bokar { $time } på nätet just nu
online-here-held = En patient ber om den här tiden på nätet
online-here-filling = Någon bokar den här tiden på nätet just nu
online-here-means = Om du bokar den får de andra att välja på.

strip-offline = Arbeta som vanligt.
strip-offline-changes = { $count ->
    [0] Allt är skickat; det du ändrar nu skickas av sig självt.
    [one] 1 ändring är sparad här och skickas av sig själv.
   *[other] { $count } ändringar är sparade här och skickas av sig själva.
}
strip-offline-held = Bokningar på nätet hålls.
strip-reconnecting = Bokningstjänsten söks igen.
strip-catching-up = Linjen är tillbaka.
strip-catching-up-more = Det som hänt under tiden är på väg. Bokningar på nätet hålls tills det har kommit fram.
strip-checking = Linjen är tillbaka.
strip-checking-more = Båda sidor jämför sina dagar, i dag först. Bokningar på nätet hålls till dess.
strip-clocks = Klockorna skiljer sig { $minutes } minuter.
strip-clocks-more = Bokningar på nätet hålls. Se över datorns klocka.
strip-broken = Bokningar på nätet hålls: det finns ingen anslutning.
strip-details = Detaljer
strip-since = Sedan { $time }:
strip-since-changes = { $count ->
    [one] 1 ändring
   *[other] { $count } ändringar
}

panel-requests = Förfrågningar
panel-requests-short = Frågat
panel-requests-until = hålls tills du svarar
panel-requests-all = { $count ->
    [one] och 1 till
   *[other] och { $count } till
}
panel-unsent = Inte skickat än
panel-unsent-here = sparat här
panel-unsent-more = { $count ->
    [one] och 1 till
   *[other] och { $count } till
}
panel-online = Bokningar på nätet
panel-online-held = Patienter får veta att kliniken är offline. Det de ber om hålls och når dig när linjen är tillbaka, i turordning.
panel-online-stands = Ett besök du bokar nu gäller. Den som bett om samma tid på nätet får tre andra att välja på.

unsent-booked = { $name } bokad { $time }
unsent-moved = { $name } flyttad till { $time }
unsent-cancelled = { $name } avbokad
unsent-status-now = { $name } { $status }
unsent-status = { $name } har ny status
unsent-described = { $name } ändrad
unsent-asked = { $name } lagd framför personalen
unsent-rejected = { $name } gick inte
unsent-conflict = { $name } i konflikt

## Since you left

since-title = Sedan du gick
since-words = { $time ->
    [none] Vad andra gjort under tiden.
   *[other] Vad andra gjort sedan { $time }.
}
since-nothing = Inget har hänt
since-nothing-next = Ingen annan har ändrat något sedan { $time }.
since-nothing-never = Ingen annan har ändrat något.
since-nothing-heard = Inget känt hittills
since-not-read = Det som hänt kunde inte läsas
since-more = Det hände mer än vad som står här. Det finns på tavlan och under Förfrågningar.
since-close = Stäng
since-gaps = Luckor i dag
since-group-needs = Väntar på dig
since-group-cancelled = Avbokade
since-group-moved = Flyttade
since-group-booked = Bokade
since-group-rejected = Gick inte
since-group-rezoned = Klockreglerna ändrades, samma tid på dagen
since-group-other = Också ändrade
since-booked = { $place }
since-moved = { $from } till { $place }
since-moved-here = Flyttad till { $place }
since-cancelled = { $place }
since-status = { $place }, ny status
since-status-now = { $place }: { $status }
since-rezoned = { $place }, som avtalat
since-described = { $place }, ny beskrivning
since-asked = ber om { $place }
since-rejected = { $place }: { $reason }
since-conflict = Två versioner av { $place }
since-online = på nätet

keys-answer = Bekräfta eller neka en förfrågan
keys-requests = Förfrågningar
keys-conflicts = Konflikter
keys-since = Sedan du gick
key-board = Tavlan
key-choose = Välj
key-show = Visa på tavlan
key-walk = Gå
