// SPDX-License-Identifier: EUPL-1.2

package console

// frameWords are the words around every page.
func frameWords() words {
	return words{
		"frame.site":       {"Seinhuis toezicht", "Seinhuis oversight"},
		"frame.skip":       {"Naar de inhoud", "Skip to content"},
		"frame.menu":       {"Hoofdmenu", "Main menu"},
		"frame.crumbs":     {"Kruimelpad", "Breadcrumb"},
		"frame.start":      {"Overzicht", "Overview"},
		"frame.language":   {"English", "Nederlands"},
		"frame.sign-out":   {"Afmelden", "Sign out"},
		"frame.who":        {"Aangemeld voor: %s", "Signed in for: %s"},
		"frame.all":        {"alle partijen (verwerker)", "all parties (processor)"},
		"frame.policy":     {"beleid", "policy"},
		"frame.foot":       {"Elke inzage in deze console wordt vastgelegd in het logboek. Deze console bevat geen persoonsgegevens.", "Every look in this console is written into the log. This console holds no personal data."},
		"frame.foot-label": {"Over deze console", "About this console"},
	}
}

// signWords are those of signing in.
func signWords() words {
	return words{
		"signin.title":              {"Aanmelden", "Sign in"},
		"signin.lead":               {"Deze console is voor privacyfunctionarissen van aangesloten partijen en van de verwerker.", "This console is for privacy officers of the connected parties and of the processor."},
		"signin.out":                {"U bent afgemeld.", "You are signed out."},
		"signin.provider-title":     {"Met uw organisatie", "With your organisation"},
		"signin.provider":           {"Aanmelden met uw organisatie", "Sign in with your organisation"},
		"signin.provider-lead":      {"U meldt zich aan bij uw eigen organisatie, met een tweede factor.", "You sign in at your own organisation, with a second factor."},
		"signin.code-title":         {"Met een eenmalige code", "With a one-time code"},
		"signin.code":               {"Eenmalige code", "One-time code"},
		"signin.code.hint":          {"De code krijgt u van de beheerder. Zij werkt één keer, binnen tien minuten.", "The operator gives you the code. It works once, within ten minutes."},
		"signin.submit":             {"Aanmelden met code", "Sign in with code"},
		"signin.refused-title":      {"Aanmelden is niet gelukt", "Signing in did not work"},
		"signin.code-onjuist":       {"Deze code geldt niet. Hij is onjuist, al gebruikt of ouder dan tien minuten.", "This code is not valid. It is wrong, already used, or older than ten minutes."},
		"signin.tweede-factor":      {"Uw organisatie heeft niet bevestigd dat u een tweede factor gebruikte. Meld u daar aan met een tweede factor en probeer het opnieuw.", "Your organisation did not confirm that you used a second factor. Sign in there with a second factor and try again."},
		"signin.aanmelding-onjuist": {"Het antwoord van uw organisatie klopt niet, of kwam te laat. Probeer het opnieuw.", "The answer of your organisation does not hold, or came too late. Try again."},
		"signin.geen-rol":           {"Uw account heeft hier geen rol. Vraag uw organisatie om de juiste rol.", "Your account has no role here. Ask your organisation for the right role."},
		"signin.te-vaak":            {"Er is te vaak geprobeerd aan te melden. Wacht tien minuten.", "There were too many tries to sign in. Wait ten minutes."},
		"signin.niet-beschikbaar":   {"De aanmelddienst van uw organisatie antwoordt niet. Probeer het later opnieuw.", "The sign-in service of your organisation does not answer. Try again later."},
		"leaving.title":             {"U gaat naar uw organisatie", "You go to your organisation"},
		"leaving.go":                {"Verder naar uw organisatie", "Continue to your organisation"},
		"signed.title":              {"U bent aangemeld", "You are signed in"},
		"signed.go":                 {"Verder naar de console", "Continue to the console"},
	}
}

// errorWords are those of what went wrong. Every status that the console
// answers with has a title and a sentence.
func errorWords() words {
	return words{
		"error.back":      {"Naar het begin", "Back to the start"},
		"error.400.title": {"Dit verzoek is niet te begrijpen", "This request cannot be understood"},
		"error.400":       {"Ga terug en probeer het opnieuw.", "Go back and try again."},
		"error.403.title": {"Dit formulier is niet aangenomen", "This form was not accepted"},
		"error.403":       {"Het formulier hoort niet bij deze sessie. Open de pagina opnieuw en verstuur het nog eens.", "The form does not belong to this session. Open the page again and send it once more."},
		"error.404.title": {"Niet gevonden", "Not found"},
		"error.404":       {"Deze pagina of dit gegeven bestaat niet, of is niet voor u.", "This page or record does not exist, or is not for you."},
		"error.405.title": {"Dit kan hier niet", "This cannot be done here"},
		"error.405":       {"Deze handeling is op dit adres niet mogelijk.", "This act is not possible at this address."},
		"error.409.title": {"Iemand was u voor", "Somebody was before you"},
		"error.409":       {"De stand is intussen veranderd. Open de pagina opnieuw.", "The state has changed meanwhile. Open the page again."},
		"error.413.title": {"Te groot", "Too large"},
		"error.413":       {"Wat u verstuurde is te groot.", "What you sent is too large."},
		"error.421.title": {"Verkeerd adres", "Wrong address"},
		"error.421":       {"De console antwoordt niet op deze naam.", "The console does not answer to this name."},
		"error.429.title": {"Even wachten", "Wait a moment"},
		"error.429":       {"Er loopt al een groot overzicht of een grote download van u, of er lopen er te veel tegelijk. Probeer het opnieuw als dat klaar is.", "A large report or download of yours is still going on, or too many are at once. Try again when it is done."},
		"error.500.title": {"Er ging iets mis", "Something went wrong"},
		"error.500":       {"De fout ligt bij ons. Probeer het later opnieuw.", "The fault is ours. Try again later."},
		"error.503.title": {"Nu niet beschikbaar", "Not available now"},
		"error.503":       {"Een onderdeel antwoordt niet. Er is niets veranderd; probeer het later opnieuw.", "A part does not answer. Nothing has changed; try again later."},
	}
}
