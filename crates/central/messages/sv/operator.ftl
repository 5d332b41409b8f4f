# Det en driftansvarig läser: på kommandoraden och på driftsidan.

clinic-added = Kliniken är tillagd. Dess id är { $clinic }

refused-otherwise = Det blev inte gjort: { $about }
refused-no-store = Det finns ingen databas i { $about }. Inget är gjort.
refused-store-in-use = Databasen i { $about } används av en process som inte svarar. Inget är gjort.
refused-store-newer = Databasen skrevs av en nyare version av chairside-central. Inget är ändrat; använd den versionen eller en nyare.
refused-not-a-store = { $about } är ingen databas från chairside-central. Inget är ändrat.
refused-disk-full = Disken är full. Inget är ändrat; gör plats och försök igen.
refused-store-read-only = Det går inte att skriva i databasen. Se efter vem som äger mappen och om disken är monterad för skrivning.
refused-store-damaged = Databasen är skadad ({ $about }). Lägg tillbaka en säkerhetskopia: chairside-central restore.
refused-clinic-unknown = Det finns ingen klinik { $about }.
refused-clinic-known = Kliniken { $about } finns redan. Inget är ändrat.
refused-no-answer = Tjänsten försvann innan den svarade ({ $about }). Se efter om det blev gjort innan du försöker igen.
refused-unknown-ask = Tjänsten som kör känner inte till kommandot: den är av en annan version ({ $about }).
