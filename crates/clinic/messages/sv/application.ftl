# Programmet på den här datorn: ikonen i aktivitetsfältet, vad som frågas innan
# det avslutas, aviseringar.

## Aktivitetsfältet

tray-open = Öppna Chairside
tray-quit = Avsluta…

## Innan det avslutas

leave-close-title = Chairside fortsätter i bakgrunden
leave-close = Fönstret stängs, och kliniken är kvar online. Ikonen i aktivitetsfältet tar fram fönstret igen; det gör det också att starta Chairside på nytt.
leave-close-do = Stäng fönstret
leave-close-quit = Avsluta i stället
leave-quit-title = Avsluta Chairside?
leave-quit = Kliniken går offline: förfrågningar online väntar tills Chairside körs igen på den här datorn.
leave-quit-tip = Stäng fönstret i stället om kliniken ska vara kvar online.
leave-quit-do = Avsluta
leave-quit-stay = Fortsätt köra

## Inställningar för den här datorn

settings-computer = Den här datorn
settings-starts-at-login = Starta när jag loggar in
settings-starts-at-login-why = Utan fönster, så att kliniken är online innan någon öppnar det.
settings-notifies = Avisera bokningar online
settings-notifies-why = När fönstret inte ligger främst. Aldrig med namn.

pair-starts = Ska Chairside starta när datorn startar?
pair-starts-do = Starta av sig själv
pair-starts-now = Chairside startar av sig själv från och med nu. Det stängs av i Inställningar.

## Systemets aviseringar; vem som helst kan läsa dem över axeln

notice-waiting = { $count ->
    [one] En ny bokning online väntar på svar.
   *[other] { $count } nya bokningar online väntar på svar.
}
notice-confirmed = { $count ->
    [one] En ny bokning online bekräftades.
   *[other] { $count } nya bokningar online bekräftades.
}
notice-moved = { $count ->
    [one] En patient flyttade ett besök på nätet.
   *[other] { $count } besök flyttades på nätet.
}
notice-cancelled = { $count ->
    [one] En patient avbokade ett besök på nätet.
   *[other] { $count } besök avbokades på nätet.
}
notice-open = Visa

## Vad som inte gjordes

error-login-not-set = Start vid inloggning ändrades inte. Datorn säger: { $said }
