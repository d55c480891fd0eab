// SPDX-License-Identifier: EUPL-1.2

package proof

// The kinds of steps in the life of a pause that mean more here than their name.
const (
	stepBegun   = "begonnen"
	stepEnded   = "beeindigd"  // by a signed message; nothing follows it
	stepExpired = "verstreken" // its last day was over; nothing follows it
)

// stepOf gives the kind of step that a kind of notice tells, empty for a notice that only repeats the pause as it stands; about is
// false for a notice that has no pause.
func stepOf(notice string) (kind string, about bool) {
	switch notice {
	case "hulp-geaccepteerd":
		return stepBegun, true
	case "pauze-verlengd":
		return "verlengd", true
	case "pauze-beeindigd":
		return stepEnded, true
	case "pauze-gecorrigeerd":
		return "gecorrigeerd", true
	case "pauze-betwist":
		return "betwist", true
	case "pauze-gehandhaafd":
		return "gehandhaafd", true
	case "vordering-overgedragen", "vordering-overgenomen":
		return "overgedragen", true
	case "pauze-verstreken":
		return stepExpired, true
	case "pauze-toetsen", "pauze-niet-ontvangen", "pauze-niet-toegepast", "betwisting-onbeantwoord":
		return "", true
	}
	return "", false
}

func isStep(kind string) bool {
	switch kind {
	case stepBegun, "verlengd", stepEnded, "gecorrigeerd", "betwist", "gehandhaafd", "overgedragen", stepExpired:
		return true
	}
	return false
}

// closes reports whether nothing can follow a step of this kind.
func closes(kind string) bool { return kind == stepEnded || kind == stepExpired }

// stateAfter is what a statement says of a pause of which this was the last step.
func stateAfter(kind string) string {
	if closes(kind) {
		return kind
	}
	return "loopt"
}

// check holds a step of a pause to its form.
func (s PauseStep) check(pause string) error {
	return fit(claim{"pauzeId", IsUUID(pause)}, claim{"volgnummer", s.Number > 0 && s.Number <= maxSteps},
		claim{"ingangsdatum", isDay(s.From)}, claim{"einddatum", isDay(s.Until) && s.From <= s.Until},
		claim{"toetsdatum", optional(s.Review, isDay)}, claim{"soort", s.Kind == "" || (s.Kind == stepBegun) == (s.Number == 1)})
}

// agrees reports whether two documents say the same of one step, as far as each says it. Statements give moments to the
// millisecond, other documents finer.
func (s PauseStep) agrees(o PauseStep) bool {
	same := func(a, b string) bool { return a == "" || b == "" || a == b }
	return s.From == o.From && s.Until == o.Until && s.Review == o.Review && same(s.Kind, o.Kind) && same(s.By, o.By) && same(s.Digest, o.Digest) &&
		(s.At.IsZero() || o.At.IsZero() || s.At.UnixMilli() == o.At.UnixMilli())
}

// with adds what another document says of the same step.
func (s PauseStep) with(o PauseStep) PauseStep {
	for _, f := range []struct{ into, from *string }{{&s.Kind, &o.Kind}, {&s.By, &o.By}, {&s.Digest, &o.Digest}} {
		if *f.into == "" {
			*f.into = *f.from
		}
	}
	if s.At.IsZero() {
		s.At = o.At
	}
	if s.ReceivedAt.IsZero() {
		s.ReceivedAt = o.ReceivedAt
	}
	if s.AppliedAt.IsZero() {
		s.AppliedAt = o.AppliedAt
	}
	return s
}

// day is the day on which the step was taken.
func (s PauseStep) day() string { return dutchDay(s.At) }
