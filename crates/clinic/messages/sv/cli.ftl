# What the command line says.

cli-founded = { $name } är klar i { $path }.
cli-exported = Allt har skrivits till { $path }.
cli-importing = Importerar
cli-entries = { $count ->
    [one] { $count } ändring
   *[other] { $count } ändringar
 } i loggen
cli-visits = { $count ->
    [one] { $count } besök
   *[other] { $count } besök
 }
cli-paired = Parad med centralen
cli-paired-elsewhere = Det här lagret parkopplades med bokningstjänsten på en annan dator, så linjen dit hålls stängd. Parkoppla den här datorn med en ny kod.
cli-not-paired = Inte parad. Fungerar på den här datorn.
cli-verified = Allt är som det skrevs: { $entries } loggposter, { $appointments } besök, { $patients } patienter.
cli-backed-up = Säkerhetskopierat till { $path }, och kontrollerat.
cli-restored = Återställt till ändring { $entries }.
cli-restored-over = Återställt till ändring { $entries }. Det som fanns där tidigare ligger kvar i { $path }.
cli-import-head = Läst med kartan ”{ $source }”, tider i { $zone }.
cli-import-practitioners = Behandlare: { $rows } rader, { $added } nya, { $there } fanns redan, { $problems } gick inte att läsa.
cli-import-kinds = Besökstyper: { $rows } rader, { $added } nya, { $there } fanns redan, { $problems } gick inte att läsa.
cli-import-patients = Patienter: { $rows } rader, { $added } nya, { $there } fanns redan, { $problems } gick inte att läsa.
cli-import-appointments = Besök: { $rows } rader, { $added } nya, { $there } fanns redan, { $problems } gick inte att läsa.
cli-import-by-source-status = Som det andra systemet hade dem:
cli-import-by-status = Som de står här:
cli-import-by-flag = Udda, men inlagda som de var:
cli-import-clashes = { $clashes } par av besök överlappar, { $follow } följer på ett som flyttats, { $flagged } har något udda.
cli-import-more-problems = … och { $count } till; --json räknar upp alla.
fault-pages = Själva filen är skadad: { $at }. Återställ den senaste säkerhetskopian.
fault-reference = En rad i { $at } hänvisar till en som saknas. Återställ den senaste säkerhetskopian.
fault-chain = Loggen bryts vid post { $at }. Återställ den senaste säkerhetskopian.
fault-private = Den privata delen av post { $at } har ändrats. Återställ den senaste säkerhetskopian.
fault-row = Besök { $at } är inte som loggen säger. Återställ den senaste säkerhetskopian.
fault-time = Dagen eller tiden för besök { $at } följer inte av dess lokala tid. Återställ den senaste säkerhetskopian.
fault-clash = Besöken { $at } överlappar utan att någon sagt det. Flytta ett av dem.
fault-search = Patientsökningen har inte samma patienter som registret. Återställ den senaste säkerhetskopian.

## Import
import-made-practitioners = Behandlare som ingen tabell beskrev, skapade av vad besöken nämner: { $count }.
import-made-kinds = Besökstyper som ingen tabell beskrev, skapade av besökens ord: { $count }.
import-made-patients = Patienter som ingen tabell beskrev, skapade av vad besöken säger om dem: { $count }.
import-problems = Rader som inte gick att läsa: { $count }. Allt annat kom in.
import-remarks = Värden som inte gick att använda: { $count }. Raderna kom in utan dem.
import-problem-cell = { $file }, rad { $line }, { $column }: { $reason } (”{ $value }”)
import-problem-row = { $file }, rad { $line }: { $reason } (”{ $value }”)
import-problem-birth-unreadable = inget möjligt födelsedatum eller födelseår; sparat i patientens anteckning
import-problem-date-missing = inget datum
import-problem-date-unreadable = inget datum som mallen kan läsa
import-problem-follows-unknown = fortsätter ett besök som inte finns i filen
import-problem-guardian-unknown = nämner en vårdnadshavare som inte finns i filen
import-problem-id-missing = varken id eller namn
import-problem-id-twice = samma id står på en tidigare rad som säger något annat
import-problem-length-unreadable = ingen längd ett besök kan ha; besökstypens togs
import-problem-note-long = längre än ett besöks anteckning kan vara; hela är sparad i patientens anteckning
import-problem-personnummer-unreadable = inget giltigt personnummer; sparat i patientens anteckning
import-problem-phone-unreadable = inget telefonnummer; sparat i patientens anteckning
import-problem-quote-not-closed = ett citattecken öppnas och stängs aldrig
import-problem-reference-unknown = nämner något som inte finns i filen
import-problem-rest-unreadable = för många trasiga rader; resten av filen lämnades
import-problem-row-cut = raden är avhuggen; filen kanske inte kopierades hel
import-problem-row-long = raden har fler celler än rubrikraden har kolumner
import-problem-row-short = raden har färre celler än rubrikraden har kolumner
import-problem-status-unknown = inget statusord som mallen kan; lägg till det under [words.status]
import-problem-text-long = längre än fältet kan vara; hela är sparad i anteckningen
import-problem-time-unreadable = inget klockslag som mallen kan läsa
import-note-columns-unused = { $file }: här finns ingen plats för { $columns }; de stannade kvar.
import-note-dates-ambiguous = { $file }: dag och månad i { $column } kan ha bytt plats. Kontrollera några besök, eller säg i en mall hur de skrivs.
import-note-file-empty = { $file } är tom.
import-note-file-not-text = { $file } är inte text och hoppades över.
import-note-ids-rounded = { $file }: { $count } id i { $column } står i exponentform och kan ha avrundats av ett kalkylprogram. Exportera kolumnen som text för att vara säker.
import-note-no-rows = { $file } har en rubrikrad men inga rader.
import-note-table-unused = { $file } behövdes inte.
import-note-windows-1252 = { $file } är inte UTF-8 och lästes som Windows-1252. Kontrollera ett namn med å, ä eller ö.
