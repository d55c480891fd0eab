// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// MonthReport is what a party gets of one month. It counts; it names no person
// and no other party.
type MonthReport struct {
	Party      gateway.OIN  `json:"partij"`
	Name       string       `json:"naam"`
	Month      string       `json:"maand"` // 2026-11
	From       gateway.Date `json:"vanaf"`
	Through    gateway.Date `json:"totEnMet"`
	MadeAt     time.Time    `json:"gemaaktOp"`
	Complete   bool         `json:"volledig"` // the month was over when it was made
	Volumes    []MonthCount `json:"aantallen"`
	Refusals   []MonthCount `json:"weigeringen"` // by code
	Alarms     []AlarmMonth `json:"klokken"`
	Deletions  Deletions    `json:"verwijderingen"`
	Pauses     PauseMonth   `json:"pauzes"`
	Service    Uptime       `json:"beschikbaarheid"`
	Checkpoint Anchor       `json:"logboek"`
}

// MonthCount is how often an event happened, or a code was given.
type MonthCount struct {
	Event  string `json:"gebeurtenis"`
	Result string `json:"resultaat"`
	Code   string `json:"code,omitzero"`
	Count  int64  `json:"aantal"`
}

// AlarmMonth is how often a clock ran out, and how often what it waited for
// happened after all.
type AlarmMonth struct {
	Kind    string `json:"soort"`
	Raised  int64  `json:"gegeven"`
	Settled int64  `json:"opgelost"`
}

// Deletions is what was erased.
type Deletions struct {
	Receipts int64 `json:"verwijderingsbewijzen"` // entries that issued one
	Records  int64 `json:"gegevens"`              // as those entries count
}

// PauseMonth is what happened to pauses of collection in the month, and how
// they stand at the moment of the report.
type PauseMonth struct {
	Begun       int64 `json:"begonnen"`
	Changed     int64 `json:"gewijzigd"`
	Running     int   `json:"lopend"`
	Unconfirmed int   `json:"nietBevestigd"`
}

// Uptime is an estimate from the log itself: down is from the entry that
// the service stopped to the entry that it started. When it stopped without
// saying so, from its last entry of any kind, rounded down to five minutes. What
// kept callers out while the service ran, a network for one, is not in it.
type Uptime struct {
	Up      time.Duration `json:"-"`
	Down    time.Duration `json:"-"`
	Seconds int64         `json:"nietBeschikbaarSeconden"`
	Percent float64       `json:"percentage"`
	Stops   int           `json:"onderbrekingen"`
	Known   bool          `json:"bekend"` // the log tells of a start before or in the month
}

// Anchor ties the month to the log: who has the checkpoint can verify that the
// entries of the month are in it, unchanged.
type Anchor struct {
	Entries    int64  `json:"regelsBijMaandeinde"` // of all parties together (decision 0008)
	Size       int64  `json:"regelsInCheckpoint"`
	Checkpoint string `json:"checkpoint"`  // signed note; empty when none covers the month yet
	Verify     string `json:"controleren"` // the command
	Covers     bool   `json:"dektMaand"`   // the checkpoint covers the month
}

// ParseMonth reads 2026-11: its first and last day.
func ParseMonth(s string) (first, last gateway.Date, err error) {
	t, err := time.Parse("2006-01", s)
	if err != nil || t.Format("2006-01") != s {
		return gateway.Date{}, gateway.Date{}, gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeBadForm, Pointer: "/maand", Rule: "Seinhuis formats", Text: "Een maand heeft de vorm 2026-11."})
	}
	return gateway.DateOf(t), gateway.DateOf(t.AddDate(0, 1, -1)), nil
}
