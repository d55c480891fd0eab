// SPDX-License-Identifier: EUPL-1.2

package rights

import (
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
)

// The codes of the overview, so that a citizen can read them on the page. The
// JSON keeps the codes.

func stateInWords(s gateway.SignalState) string {
	switch s {
	case gateway.SignalWaiting:
		return "staat klaar voor de gemeente"
	case gateway.SignalOffered:
		return "aangeboden aan de gemeente"
	case gateway.SignalRead:
		return "opgehaald door de gemeente"
	case gateway.SignalConfirmed:
		return "ontvangst bevestigd door de gemeente"
	case gateway.SignalErased:
		return "inhoud gewist"
	}
	return plain(string(s))
}

func coincidenceInWords(c gateway.Coincidence) string {
	switch c {
	case gateway.Single:
		return "geen ander signaal"
	case gateway.Multiple:
		return "een ander soort meldende partij meldde in dezelfde maand"
	case gateway.Consecutive:
		return "er was een eerder signaal binnen zes maanden"
	case gateway.Repeated:
		return "dezelfde partij meldde deze vordering al, en het bedrag is niet hoger"
	}
	return plain(string(c))
}

// noticeInWords: most kinds are words already.
func noticeInWords(k gateway.NoticeKind) string {
	switch k {
	case gateway.NoticeHelpAccepted:
		return "hulp geaccepteerd: de incasso rust"
	case gateway.NoticeNoResident:
		return "geen inwoner van de gemeente"
	case gateway.NoticeUnread:
		return "niet opgehaald door de gemeente"
	case gateway.NoticePauseEnded:
		return "pauze beëindigd"
	case gateway.NoticePauseReview:
		return "herinnering: pauze toetsen"
	case gateway.NoticeNotCollected:
		return "alarm: signaal niet bevestigd"
	case gateway.NoticeNoFeedback:
		return "alarm: terugkoppeling ontbreekt"
	case gateway.NoticePauseNotFetched:
		return "alarm: pauze niet ontvangen"
	case gateway.NoticePauseNotApplied:
		return "alarm: pauze niet toegepast"
	case gateway.NoticeContestOpen:
		return "alarm: betwisting onbeantwoord"
	}
	return plain(string(k))
}

// plain is a code without its hyphens.
func plain(code string) string { return strings.ReplaceAll(code, "-", " ") }
