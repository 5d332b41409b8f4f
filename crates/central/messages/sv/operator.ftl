# Det en driftansvarig läser: på kommandoraden och på driftsidan.

clinic-added =
    Kliniken är tillagd. Dess id är { $clinic }
    Koden till dess dator är { $code }. Den gäller en gång, i tio minuter.
code-drawn = Koden till datorn är { $code }. Den gäller en gång, i tio minuter; den förra gäller inte längre.
partner-key-drawn = Nyckeln som öppnar bokningarna för kliniken { $clinic } är { $key }. Den visas bara nu; den förra öppnar inget längre.
partner-key-revoked = Ingen nyckel öppnar längre bokningarna för kliniken { $clinic }.
device-revoked = Datorn { $device } hörs inte längre. Bara en ny kod släpper in den igen.
broker-files-written = Filerna till brokern finns i { $folder }. Starta Mosquitto med inställningsfilen där.

column-clinic = Klinik
column-state = Läge
column-since = Sedan
column-waiting = Väntar
column-oldest = Äldst
column-sent = På väg
column-mails = Mejl
column-notes = Att se till
column-id = Id
column-device = Reception
column-paired = Parad
column-until = Certifikat till
column-age = Ålder
column-wish = Önskemål
column-contact = Svar till
column-visit = Besök
column-found = Hittat
column-why = Varför
column-says = Det säger
column-tried = Senast försökt
column-booking = Bokning

state-live = Ansluten
state-awaiting-desk = Väntar på sin dator
state-checking = Kontrolleras
state-catching-up = Hämtar ikapp
state-reconnecting = Återansluter
state-offline = Frånkopplad

request-requested = kontrolleras
request-held = väntar
request-sent = skickad, inget svar än
wish-book = nytt besök
wish-move = flytt
wish-cancel = avbokning
urgent = brådskande
why-unreadable = den går inte att läsa
why-refused = kliniken kunde inte ta emot den
why-never-ended = den kom aldrig till ett slut

undelivered-smtp-later = e-postservern tog inte emot det på något av försöken
undelivered-smtp-refused = e-postservern nekar det för gott
undelivered-smtp-plain-abroad = okrypterat skickas bara till den här datorn
undelivered-smtp-tls = TLS gick inte att få till
undelivered-mail-folder = mappen för mejl gick inte att skriva i
undelivered-mail-address = det går inte att skriva till adressen
undelivered-mail-parts = det gick inte att sätta ihop
undelivered-mail-no-contact = det finns ingen att skriva till
undelivered-mail-panicked = programmet gjorde fel
outcome-received = mottagen
outcome-held = sparad
outcome-confirmed = bekräftad
outcome-not-possible = gick inte
outcome-expired = inget svar i tid
outcome-withdrawn = återtagen
outcome-cancelled-by-you = avbokad
outcome-moved-by-clinic = flyttad av kliniken
outcome-cancelled-by-clinic = avbokad av kliniken
outcome-cancellation-sent = avbokning skickad
outcome-not-moved = inte flyttad

orphan-heard = kliniken känner till det
orphan-unheard = bara här: kliniken har inte hört om det

desk-allowed = får tala
desk-expired = certifikatet har gått ut
desk-revoked = återkallad
desk-not-renewed = certifikatet förnyades inte för { $age } sedan: { $why }
renewal-request-unusable = begäran gick inte att läsa
renewal-key-mismatch = datorn har en annan nyckel än när den parades
renewal-certificate-too-old = det gick ut för mer än 90 dagar sedan; para datorn på nytt
renewal-internal = central kunde inte göra något; varför står i loggen

note-aside = undanlagda: { $count }
note-orphans = herrelösa besök: { $count }
note-mails-dead = mejl som inte kom fram: { $count }
note-clocks-apart = klockorna går för olika
note-disputed = dagar att reda ut: { $count }
note-breaker-open = anropas inte just nu
note-breaker-half-open = ett anrop prövar om den svarar
note-replaying = mejl väntar tills kliniken har hörts färdigt

age-now = nyss
age-minutes = { $count } min
age-hours = { $count } h
age-days = { $count } d
size-megabytes = { $count } MB

clinics-none = Det finns ingen klinik än. Lägg till en: chairside-central clinic add NAMN --facts FIL
devices-none = Ingen reception är parad än.
queue-none = Inget väntar.
orphans-none = Det finns inga herrelösa besök: allt som finns här har sin klinik.
quarantine-none = Inget är undanlagt.
mails-none = Alla mejl har kommit fram eller försöks fortfarande.
not-serving = Tjänsten körs inte. Lägena är de som den lämnade.

page-title = Chairside central
page-when = Så här var det { $moment }, version { $version }
page-about = Den här sidan
page-now = Titta igen
page-anew = Titta igen varje minut
page-anew-stop = Sluta titta varje minut
page-other-language = In English
page-skip = Till siffrorna
page-figures = Just nu
page-first = Det här är de första { $count }. Alla finns på kommandoraden: chairside-central.
page-failed = Inget går att visa just nu.

figure-live = Anslutna kliniker
figure-waiting = Väntar
figure-oldest = äldst { $age }
figure-sent = På väg
figure-aside = Undanlagda
figure-orphans = Herrelösa besök
figure-mails = Väntande mejl
figure-broker = Broker
figure-backup = Senaste kopia
broker-up = Ansluten
broker-down = Borta
broker-none = Ingen
backup-none = Ingen
backup-not-set = görs inte: backup_dir
backup-failed = misslyckades för { $age } sedan: { $code }

title-clinics = Kliniker
title-queue = Förfrågningar i kö
title-aside = Undanlagda
title-mails = Mejl som inte kom fram
title-orphans = Herrelösa besök
title-devices = Receptioner
column-request = Förfrågan
column-known = Känt för sin klinik
empty-clinics = Det finns ingen klinik än.
empty-clinics-next = Lägg till en: chairside-central clinic add NAMN --facts FIL
empty-queue-next = Det patienter önskar medan en klinik är borta står här tills den är tillbaka.
empty-aside-next = En förfrågan som kliniken inte kan ta emot står här, ur vägen för alla andra.
aside-next = Fråga kliniken eller se efter i dess logg. Sedan: chairside-central quarantine try-again ID
empty-mails-next = Ett mejl som servern nekar, eller inte tog emot på många försök, står här: patienten behöver ringas upp.
mails-next = Se efter att e-postserverns adress stämmer, eller ring patienten. Sedan: chairside-central mails try-again BOKNING
empty-orphans-next = Ett besök som en klinik har tappat med en äldre kopia av sin databas står här tills receptionen har bestämt.
empty-devices-next = Dra en kod för en kliniks reception: chairside-central clinic code KLINIK

back-in-line = Förfrågan { $request } är tillbaka på sin plats.
mails-back-in-line = { $count } mejl om bokningen { $booking } försöks igen.
backed-up = Säkerhetskopierat till { $to } och kontrollerat: { $size }, { $clinics } kliniker, { $bookings } bokningar, { $requests } förfrågningar.
restored = Det som säkerhetskopierades { $made } ligger nu i { $data }: { $clinics } kliniker, { $bookings } bokningar, { $requests } förfrågningar. Inga mejl går ut för en klinik innan den har hörts färdigt.

refused-otherwise = Det blev inte gjort: { $about }
refused-no-store = Det finns ingen databas i { $about }. Inget är gjort.
refused-store-in-use = Databasen i { $about } används av en process som inte svarar. Inget är gjort.
refused-store-newer = Databasen skrevs av en nyare version av chairside-central. Inget är ändrat; använd den versionen eller en nyare.
refused-not-a-store = { $about } är ingen databas från chairside-central. Inget är ändrat.
refused-disk-full = Disken är full. Inget är ändrat; gör plats och försök igen.
refused-store-read-only = Det går inte att skriva i databasen. Se efter vem som äger mappen och om disken är monterad för skrivning.
refused-store-damaged = Databasen är skadad ({ $about }). Lägg tillbaka en säkerhetskopia: chairside-central restore.
refused-clinic-unknown = Det finns ingen klinik { $about }.
refused-clinic-ambiguous = Mer än en klinik heter { $about }. Ange den med dess id.
refused-device-unknown = Ingen dator { $about } får tala för en klinik. Inget är ändrat.
refused-broker-files = Filerna till brokern gick inte att skriva: { $about }.
refused-clinic-known = Kliniken { $about } finns redan. Inget är ändrat.
refused-no-answer = Tjänsten försvann innan den svarade ({ $about }). Se efter om det blev gjort innan du försöker igen.
refused-unknown-ask = Tjänsten som kör känner inte till kommandot: den är av en annan version ({ $about }).

demo-ready = Demon körs på { $url }. Ctrl+C avslutar den; nästa gång fortsätter den där den slutade.
demo-clinic = { $name }
    klinik { $id }
    reception { $desk }
demo-desk = { $name } har öppnat sin reception på { $desk }
demo-mails = Mejl skrivs till { $path }
demo-book = Boka en ledig tid:
demo-free = Frigör allt igen:

refused-demo-not-live = Alla kliniker gick inte att nå i tid. Varför står i loggen i klinikens mapp.
refused-demo-folder = I { $about } ligger något annat. Ange en tom mapp åt demon.
refused-demo-in-use = En demo körs redan i { $about }. Inget ändrades.
refused-demo-program = Klinikernas program fattas ({ $about }). Bygg chairside-clinic, eller ange det i CHAIRSIDE_CLINIC_BIN.
refused-file-exists = { $about } finns redan, och inget är överskrivet.
refused-no-such-file = { $about } finns inte.
refused-store-file = En fil gick inte att läsa eller skriva: { $about }
refused-no-dead-mail = Inget mejl om bokningen { $about } har getts upp. Inget är ändrat.
refused-not-set-aside = Förfrågan { $about } är inte undanlagd. Inget är ändrat.
