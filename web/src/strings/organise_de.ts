import type { OrganiseStrings } from "./organise_en";

const number = (n: number) => n.toLocaleString("de");
const seats = (n: number) => (n === 1 ? "1 Platz" : `${number(n)} Plätze`);
const bookings = (n: number) => (n === 1 ? "1 Buchung" : `${number(n)} Buchungen`);
const units = { second: "Sekunde", minute: "Minute", hour: "Stunde", day: "Tag" };
const unitsMany = { second: "Sekunden", minute: "Minuten", hour: "Stunden", day: "Tage" };

export const de: OrganiseStrings = {
  title: "Veranstalten",
  lead: "Ihre Veranstaltungen vom ersten Entwurf bis zum letzten Platz.",
  sections: "Veranstalten",
  events: "Veranstaltungen",
  locations: "Orte",
  seats,
  bookings,
  list: {
    newEvent: "Neue Veranstaltung",
    search: "Veranstaltungen suchen",
    clearSearch: "Suche leeren",
    show: "Welche Veranstaltungen",
    tabs: { upcoming: "Kommende", drafts: "Entwürfe", past: "Vergangene", cancelled: "Abgesagte" },
    taken: (taken, capacity) => `${number(taken)} von ${number(capacity)} verkauft oder reserviert`,
    emptyTitle: {
      upcoming: "Keine kommenden Veranstaltungen",
      drafts: "Keine Entwürfe",
      past: "Keine vergangenen Veranstaltungen",
      cancelled: "Keine abgesagten Veranstaltungen",
    },
    emptyText: {
      upcoming: "Veröffentlichen Sie einen Entwurf: Dann steht er hier und im Verkauf.",
      drafts: "Eine neue Veranstaltung beginnt als Entwurf. Verkauft wird erst, wenn Sie sie veröffentlichen.",
      past: "Hier bleiben veröffentlichte Veranstaltungen, wenn sie begonnen haben.",
      cancelled: "Hier bleiben abgesagte Veranstaltungen.",
    },
    nothing: "Nichts passt zu diesen Wörtern",
    nothingText: "Versuchen Sie ein anderes Wort, oder sehen Sie bei den anderen Veranstaltungen nach.",
    failedTitle: "Die Veranstaltungen konnten nicht geladen werden",
    more: "Mehr zeigen",
  },
  places: {
    newLocation: "Neuer Ort",
    search: "Orte suchen",
    count: (n, isMore) => (n === 1 && !isMore ? "1 Ort" : `${number(n)}${isMore ? "+" : ""} Orte`),
    halls: (n) => (n === 1 ? "1 Saal" : `${number(n)} Säle`),
    upTo: (n) => `bis zu ${seats(n)}`,
    emptyTitle: "Noch keine Orte",
    emptyText: "Eine Veranstaltung braucht einen Ort mit mindestens einem Saal.",
    failedTitle: "Die Orte konnten nicht geladen werden",
  },
  form: {
    problems: (n) => (n === 1 ? "Eine Angabe passt noch nicht" : `${n} Angaben passen noch nicht`),
    notSaved: "Nicht gespeichert",
    optional: "optional",
    serverSays: (words) => `Der Server hat das nicht angenommen. Er sagt auf Englisch: „${words}“.`,
    save: "Änderungen speichern",
    saving: "Wird gespeichert",
    saved: "Gespeichert.",
    unchanged: "Es wurde nichts geändert.",
    cancel: "Abbrechen",
    choose: "Bitte wählen",
    upTo: (n) => `Bis zu ${number(n)} Zeichen.`,
    leaveTitle: "Ohne Speichern verlassen?",
    leaveText: "Was Sie hier eingegeben haben, ist nicht gespeichert und geht verloren.",
    leave: "Verlassen",
    stay: "Hier bleiben",
    staleTitle: "Jemand anderes hat das inzwischen geändert",
    staleText:
      "Ihre Eingaben sind noch da, und nichts wurde überschrieben. Übernehmen Sie die anderen Änderungen, sehen Sie sich das Ergebnis an, und speichern Sie.",
    staleGone: "Es wurde inzwischen gelöscht und kann nicht mehr gespeichert werden.",
    take: "Andere Änderungen übernehmen",
    taking: "Änderungen werden geladen",
    taken: (fields) => `Übernommen: ${fields}.`,
    takenNone: "Die anderen Änderungen sind die gleichen wie Ihre.",
    theirs: (field, value) => `${field} (dort: „${value}“)`,
    conflicts: (fields) =>
      `Von beiden geändert: ${fields}. Hier stehen Ihre Eingaben; mit dem Speichern ersetzen sie die anderen.`,
    review: "Sehen Sie sich das Ergebnis an, und speichern Sie noch einmal.",
  },
  issue: (issue): string => {
    if (typeof issue === "object") {
      if ("tooLong" in issue) return `Höchstens ${number(issue.tooLong)} Zeichen.`;
      if ("between" in issue) return `Eine ganze Zahl von ${number(issue.between[0])} bis ${number(issue.between[1])}.`;
      if ("seatsOfHall" in issue)
        return `Eine ganze Zahl von 1 bis ${number(issue.seatsOfHall)}: So viele Plätze hat der Saal.`;
      if ("days" in issue) return `Höchstens ${issue.days} Tage nach dem Beginn.`;
      if ("daysAhead" in issue) return `Höchstens ${number(issue.daysAhead)} Tage im Voraus.`;
      if ("tooMuch" in issue) return `Höchstens ${number(issue.tooMuch)}.`;
      return issue.tooManyDigits === 0
        ? "Diese Währung hat keine Stellen nach dem Komma."
        : `In dieser Währung höchstens ${issue.tooManyDigits} Stellen nach dem Komma.`;
    }
    return {
      required: "Wird gebraucht.",
      unreadable: "Geben Sie Datum und Uhrzeit an.",
      noSuchTime: "Diese Uhrzeit gibt es dort nicht: Die Uhren werden darüber hinweg vorgestellt.",
      past: "Der Beginn muss in der Zukunft liegen.",
      beforeStart: "Das Ende muss nach dem Beginn liegen.",
      badCategory: "Nur kleine Buchstaben a bis z, Ziffern und Bindestriche, höchstens 40.",
      noPrice: "Geben Sie einen Betrag wie 12,50 an, ohne Trennzeichen für Tausender.",
      taken: "Ein anderer Saal heißt schon so.",
      badTimeOfDay: "Geben Sie eine Uhrzeit wie 18:00 an.",
      badCharacters: "Darin steht ein Zeichen, das man nicht sieht. Tippen Sie es neu.",
      gone: "Das gibt es nicht mehr. Wählen Sie etwas anderes.",
    }[issue];
  },
  location: {
    newTitle: "Neuer Ort",
    editTitle: "Ort bearbeiten",
    about: "Der Ort",
    name: "Name",
    address: "Adresse",
    addressHint: (n) => `Straße und Stadt, bis zu ${n} Zeichen.`,
    country: "Land",
    timeZone: "Zeitzone",
    timeZoneHint: "Zeiten von Veranstaltungen werden nach den Uhren dort eingegeben und gezeigt.",
    zonesOf: (country) => country,
    openTime: "Öffnet um",
    closeTime: "Schließt um",
    hoursHint: "Schließt er vor der Öffnungszeit, ist nach Mitternacht gemeint.",
    halls: "Säle",
    hallsHint: (n) =>
      `1 bis ${n} Säle, jeder mit eigenem Namen. Veranstaltungen verkaufen höchstens so viele Plätze, wie ihr Saal hat.`,
    hall: (n) => `Saal ${n}`,
    hallName: "Name des Saals",
    hallDescription: "Beschreibung",
    hallCapacity: "Plätze",
    hallCapacityHint: (n) => `1 bis ${number(n)}.`,
    addHall: "Saal hinzufügen",
    removeHall: (n, name) => `Saal ${n} entfernen${name ? `, ${name}` : ""}`,
    remove: "Entfernen",
    added: (n) => `Saal ${n} hinzugefügt.`,
    removed: "Saal entfernt.",
    create: "Ort anlegen",
    creating: "Wird angelegt",
    created: (name) => `${name} ist angelegt. Sie können dort jetzt Veranstaltungen planen.`,
    deleteIt: "Ort löschen",
    deleteTitle: (name) => `${name} löschen?`,
    deleteText:
      "Das geht nur, solange sich keine Veranstaltung auf ihn bezieht, auch keine vergangene. Es lässt sich nicht rückgängig machen.",
    keep: "Behalten",
    deleted: "Der Ort ist gelöscht.",
    failedTitle: "Der Ort konnte nicht geladen werden",
    missingTitle: "Diesen Ort gibt es nicht",
    missingText: "Vielleicht wurde er gelöscht.",
    hallMissing: (event, hall) =>
      `${event} findet im Saal „${hall}“ statt. Sagen Sie die Veranstaltung erst ab, oder verlegen Sie sie in einen anderen Saal; dann kann der Saal entfernt oder umbenannt werden.`,
    hallTooSmall: (event, hall, capacity) =>
      `${event} verkauft ${seats(capacity)} im Saal „${hall}“. Weniger als ${number(capacity)} Plätze kann er nicht haben, außer Sie verkleinern erst die Veranstaltung.`,
    hallInUse:
      "Eine Veranstaltung nutzt einen der Säle: Er kann weder entfernt noch umbenannt noch kleiner als sie werden.",
    planEvent: "Hier eine Veranstaltung planen",
  },
  event: {
    newTitle: "Neue Veranstaltung",
    newLead: "Sie beginnt als Entwurf. Sichtbar und im Verkauf ist sie erst, wenn Sie sie veröffentlichen.",
    editTitle: "Veranstaltung bearbeiten",
    what: "Was",
    name: "Name",
    category: "Sparte",
    noCategory: "Keine",
    otherCategory: "Eine andere …",
    ownCategory: "Eigene Sparte",
    ownCategoryHint: "Kleine Buchstaben a bis z, Ziffern und Bindestriche, höchstens 40: „street-art“.",
    description: "Beschreibung",
    where: "Wo",
    location: "Ort",
    locationFixed: "Die Veranstaltung ist veröffentlicht: Es gibt Tickets für diesen Ort, also bleibt er.",
    hall: "Saal",
    hallOption: (name, n) => `${name} · ${seats(n)}`,
    noLocations: "Es gibt noch keinen Ort.",
    capacity: "Plätze im Verkauf",
    capacityHint: (most) => `1 bis ${number(most)}: So viele hat der Saal. Leer heißt alle.`,
    capacityHintOpen: "Leer heißt alle Plätze des Saals.",
    capacityTaken: (sold, held) =>
      `Zurzeit ${number(sold)} verkauft und ${number(held)} reserviert: Weniger als ${number(sold + held)} geht nicht.`,
    capacityRefused: (wanted, sold, held) =>
      `${seats(wanted)} sind zu wenig: Zurzeit sind ${number(sold)} verkauft und ${number(held)} reserviert. Möglich sind mindestens ${number(sold + held)}${held > 0 ? "; reservierte Plätze können frei werden, wenn ihre Zeit endet" : ""}.`,
    capacityRefusedPlain: "Es sind mehr Plätze verkauft und reserviert.",
    when: "Wann",
    zoneNote: (zone, offset) => `Nach den Uhren am Ort: ${zone} (${offset}).`,
    zoneOpen: "Wählen Sie erst einen Ort: Es gelten die Uhren dort.",
    start: "Beginn",
    startHint: "In der Zukunft, höchstens 10 Jahre im Voraus.",
    end: "Ende",
    endHint: (days) => `Nach dem Beginn, höchstens ${days} Tage später.`,
    twice: "In dieser Nacht werden die Uhren zurückgestellt und zeigen diese Zeit zweimal; gemeint ist die erste.",
    preview: (text) => `Bei Ihnen ist das ${text}.`,
    price: "Preis",
    priceLegend: "Preis eines Platzes",
    priceHint: "Zum Beispiel 12,50. Leer heißt kostenlos.",
    currency: "Währung",
    create: "Entwurf anlegen",
    creating: "Wird angelegt",
    created: "Der Entwurf ist angelegt. Sehen Sie ihn durch, und veröffentlichen Sie ihn dann.",
    locked: {
      EVENT_STATE_CANCELLED: "Eine abgesagte Veranstaltung bleibt, wie sie ist.",
      started: "Die Veranstaltung hat begonnen und bleibt, wie sie ist.",
    },
    back: "Zurück zur Veranstaltung",
  },
  board: {
    all: "Alle meine Veranstaltungen",
    failedTitle: "Die Veranstaltung konnte nicht geladen werden",
    public: "Öffentliche Seite",
    edit: "Bearbeiten",
    publish: "Veröffentlichen",
    callOff: "Veranstaltung absagen",
    deleteDraft: "Entwurf löschen",
    created: (date) => `Angelegt am ${date}`,
    draftTitle: "Das ist ein Entwurf",
    draftText: "Niemand kann ihn buchen, und keine Liste zeigt ihn. Wenn alles stimmt, veröffentlichen Sie ihn.",
    startedDraft: "Sein Beginn ist vorbei. Wählen Sie vor dem Veröffentlichen eine andere Zeit.",
    cancelledTitle: "Diese Veranstaltung ist abgesagt",
    cancelling: (n) => `Buchungen werden storniert: noch ${seats(n)}.`,
    cancelledAll: (n, isWhole) =>
      n === 0 && isWhole
        ? "Sie hatte keine Buchungen."
        : `Alle Buchungen sind storniert. Mit der Absage endeten ${isWhole ? "" : "mindestens "}${bookings(n)}.`,
    cancelledCounting: "Alle Buchungen sind storniert.",
    publishTitle: "Diese Veranstaltung veröffentlichen?",
    publishText: (seatCount) => `Mit „Jetzt veröffentlichen“ kommen sofort ${seats(seatCount)} in den Verkauf.`,
    publishPoints: [
      "Alle sehen die Veranstaltung in den Listen und können buchen, bis sie beginnt.",
      "Sie kann nicht wieder Entwurf werden und nicht mehr gelöscht, nur noch abgesagt werden.",
      "Sie bleibt an diesem Ort. Zeit, Saal, Preis und Plätze lassen sich noch ändern.",
    ],
    publishYes: "Jetzt veröffentlichen",
    publishNo: "Noch nicht",
    published: "Die Veranstaltung ist veröffentlicht und im Verkauf.",
    deleteTitle: "Diesen Entwurf löschen?",
    deleteText: "Er ist dann endgültig weg. Niemand hat ihn gebucht, denn Entwürfe sind nicht im Verkauf.",
    deleteYes: "Entwurf löschen",
    deleteNo: "Behalten",
    deleted: "Der Entwurf ist gelöscht.",
    callOffTitle: "Diese Veranstaltung endgültig absagen?",
    callOffText: (name) => `${name} wird abgesagt. Das lässt sich nicht rückgängig machen.`,
    callOffBookings: (n, seatCount, isWhole) =>
      n === 1 && isWhole
        ? `1 bestätigte Buchung mit ${seatCount === 1 ? "1 Platz" : `${number(seatCount)} Plätzen`} wird storniert.`
        : `${isWhole ? "" : "Mindestens "}${number(n)} bestätigte Buchungen mit ${number(seatCount)} Plätzen werden storniert.`,
    callOffNoBookings: "Es gibt keine bestätigten Buchungen.",
    callOffHolds: (n, seatCount) =>
      n === 1
        ? `1 Reservierung mit ${seatCount === 1 ? "1 Platz" : `${number(seatCount)} Plätzen`} endet.`
        : `${number(n)} Reservierungen mit ${number(seatCount)} Plätzen enden.`,
    callOffNoHolds: "Niemand hat Plätze reserviert.",
    callOffSale: "Niemand kann sie mehr buchen. Ihre Seite bleibt und sagt, dass sie abgesagt ist.",
    callOffRefund: "Damit wird nichts zurückgezahlt: Das Bezahlen gehört nicht zu diesem System.",
    callOffCounting: "Die Buchungen werden gezählt.",
    callOffWord: "absagen",
    callOffType: (word) => `Zur Bestätigung „${word}“ eintippen`,
    callOffYes: "Veranstaltung absagen",
    callOffNo: "Nicht absagen",
    calledOff: "Die Veranstaltung ist abgesagt. Ihre Buchungen folgen gleich.",
    stale:
      "Jemand hat die Veranstaltung inzwischen geändert. Sie sehen jetzt ihren neuesten Stand: Bitte sehen Sie nach, und entscheiden Sie neu.",
    numbers: "Plätze jetzt",
    sold: "Verkauft",
    held: "Reserviert",
    free: "Frei",
    revenue: "Umsatz",
    revenueNote: "Verkaufte Plätze zum heutigen Preis",
    ofCapacity: (n) => `von ${number(n)}`,
    salesFailed: "Der Verkauf konnte nicht geladen werden",
  },
  chart: {
    title: "Verkauf",
    empty: "Noch ist kein Platz verkauft. Mit dem ersten beginnt das Diagramm.",
    total: "Verkaufte Plätze insgesamt",
    per: (unit, n) =>
      n === 1
        ? `Plätze je ${units[unit]}`
        : unit === "day" && n === 7
          ? "Plätze je Woche"
          : `Plätze je ${n} ${unitsMany[unit]}`,
    summary: (total, from, to) => `${seats(total)} verkauft zwischen ${from} und ${to}.`,
    describe: (total, best, when) =>
      `Die Linie steigt auf ${seats(total)}. Am meisten in einem Abschnitt: ${seats(best)}, ab ${when}.`,
    returnedInGrey: "(grau: zurück)",
    bar: (when, sold, returned, total) =>
      `${when}: ${number(sold)} verkauft${returned ? `, ${number(returned)} zurück` : ""}, ${number(total)} insgesamt`,
    table: "Die Zahlen als Tabelle",
    from: "Ab",
    soldColumn: "Verkauft",
    returnedColumn: "Zurück",
    totalColumn: "Insgesamt",
    limited: (n, before) =>
      `Nach der Zeit gezeigt werden nur die neuesten ${number(n)} Buchungen; ${seats(before)} von vorher stehen am Anfang.`,
    zone: (city) => `Ortszeit ${city}`,
  },
  attendees: {
    title: "Teilnehmer",
    empty: "Noch hat niemand gebucht.",
    search: "Name, E-Mail oder Buchung suchen",
    state: "Stand",
    all: "Alle",
    name: "Name",
    email: "E-Mail",
    seats: "Plätze",
    stateColumn: "Stand",
    bookedAt: "Gebucht am",
    bookingId: "Buchung",
    firstName: "Vorname",
    lastName: "Nachname",
    guest: "Gast, noch ohne Namen",
    unknown: "Unbekannt",
    count: (n, seatCount) => `${bookings(n)}, ${seats(seatCount)}`,
    nothing: "Keine Buchung passt.",
    region: "Teilnehmer, Tabelle; seitwärts verschiebbar",
    page: (from, to, all) => `${number(from)} bis ${number(to)} von ${number(all)}`,
    pages: "Seiten der Teilnehmer",
    previous: "Vorige Seite",
    next: "Nächste Seite",
    csv: "CSV herunterladen",
    csvFile: "teilnehmer",
    csvMade: (n) => (n === 1 ? "1 Zeile steht in der Datei." : `${number(n)} Zeilen stehen in der Datei.`),
    naming: (done, all) => `Namen werden geladen: ${number(done)} von ${number(all)}`,
    namesFailed: "Manche Namen konnten nicht geladen werden.",
    limited: (n) => `Hier stehen nur die neuesten ${number(n)} Buchungen.`,
    zoneHeader: (column, zone) => `${column} (${zone})`,
  },
  problems: {
    STALE_ETAG: "Jemand anderes hat das inzwischen geändert. Nichts wurde überschrieben.",
    EVENT_CANCELLED: "Die Veranstaltung ist abgesagt und bleibt, wie sie ist.",
    EVENT_STARTED: "Die Veranstaltung hat begonnen: Sie kann weder veröffentlicht noch geändert werden.",
    NOT_A_DRAFT: "Die Veranstaltung wurde inzwischen veröffentlicht. Sie kann nur noch abgesagt werden.",
    LOCATION_FIXED: "Die Veranstaltung ist veröffentlicht: Sie bleibt an ihrem Ort.",
    LOCATION_NOT_FOUND: "Diesen Ort gibt es nicht mehr.",
    LOCATION_IN_USE:
      "Veranstaltungen beziehen sich auf diesen Ort, auch vergangene und abgesagte zählen. Darum kann er nicht gelöscht werden.",
    DELETED_SINCE: "Es wurde angelegt und inzwischen wieder gelöscht.",
    IDEMPOTENCY_MISMATCH: "Ein früherer Versuch hat etwas anderes gesendet. Bitte versuchen Sie es noch einmal.",
    TOO_MANY_CHANGES: "Gerade warten sehr viele Änderungen. Bitte versuchen Sie es gleich noch einmal.",
    STORE_UNAVAILABLE:
      "Ob es gespeichert wurde, ist nicht bekannt. Versuchen Sie es noch einmal: Doppelt angelegt wird nie.",
    OUTCOME_UNKNOWN: "Ob das geklappt hat, ist nicht bekannt. Bitte versuchen Sie es noch einmal.",
    DEADLINE_EXCEEDED: "Die Antwort hat zu lange gedauert. Versuchen Sie es noch einmal: Doppelt angelegt wird nie.",
    INVALID_REQUEST: "Etwas wurde nicht angenommen. Bitte sehen Sie sich die Felder an.",
    UNAVAILABLE:
      "Ein Teil des Systems ist kurz nicht da. Es wurde nichts geändert. Bitte versuchen Sie es noch einmal.",
  },
};
