// SPDX-License-Identifier: EUPL-1.2

package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// A store from before pauses had a life of their own: what was given then can
// be read, confirmed and changed now.
func TestPausesFromBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db, err := connect(path, "synchronous(FULL)")
	must(t, err)
	for step := 1; step <= 2; step++ {
		text, err := schemas.ReadFile(fmt.Sprintf("schema/%04d.sql", step))
		must(t, err)
		_, err = db.Exec(string(text))
		must(t, err)
	}
	const paused, signal = "01a19b7ca6807fdf999a4575d839a3d7", "01a19b7ca6807717adfa5c3381a2aa43"
	_, err = db.Exec(`
		INSERT INTO party VALUES ('00000099000000220001', 'gemeente', 'Nijmegen', 'actief', 'GM0268', 'ES256', '', 0);
		INSERT INTO signal (number, id, municipality, sequence, nature, creditor, report_id, kind, urgency, deposited_at, day, format, key_id, size, digest, keep_days, pause_days, expires_on)
			VALUES (7, x'` + signal + `', 'GM0268', 1, 'melding', '00000099000000110001', x'01a19b7ca6807fdf999a4575d839a301', 'Energie', 'regulier', 1793610000000, 20759, 'jose', 'k', 1, zeroblob(32), 30, 30, 23000);
		INSERT INTO report (number, creditor, id, digest, receipt, entry, expires_on) VALUES (7, '00000099000000110001', x'01a19b7ca6807fdf999a4575d839a301', zeroblob(32), x'00', 1, 23000);
		INSERT INTO feedback VALUES ('GM0268', x'01a19b7ca6807fdf999a4575d839a302', x'` + signal + `', zeroblob(32), x'00', 1793620000000, 23000);
		INSERT INTO notice (id, creditor, sequence, report_id, kind, pause_id, pause_from, pause_until, scope, wrapped, digest, posted_at, received_at, expires_on)
			VALUES (x'01a19b7ca6807fdf999a4575d839a303', '00000099000000110001', 4, x'01a19b7ca6807fdf999a4575d839a301', 'hulp-geaccepteerd', x'` + paused + `', 20759, 20789, 's/2026-11', x'00', zeroblob(32), 1793620000000, 1793630000000, 20789);
		INSERT INTO notice_sequence VALUES ('00000099000000110001', 4);
		PRAGMA application_id = ` + fmt.Sprint(applicationID) + `; PRAGMA user_version = 2`)
	must(t, err)
	must(t, db.Close())
	must(t, os.Chmod(path, 0o600))

	now := openAt(t, path)
	id := gateway.PauseID("01a19b7c-a680-7fdf-999a-4575d839a3d7")
	found, err := now.Pauses().Pauses(t.Context(), []gateway.PauseID{id})
	must(t, err)
	if s := found[0]; s.State != gateway.PauseRuns || s.Pause.Step != 1 || s.Holder.OIN != "00000099000000110001" || s.Municipality.Municipality != "GM0268" || s.Pause.Until.String() != "2026-12-02" {
		t.Errorf("%+v", s)
	}
	var steps []gateway.PauseStep
	must(t, now.Pauses().Write(t.Context(), func(tx pause.Tx) (err error) {
		steps, err = tx.Steps(id)
		return err
	}))
	if len(steps) != 1 || steps[0].Kind != gateway.PauseBegun || steps[0].ReceivedAt.IsZero() || steps[0].By != "00000099000000220001" {
		t.Errorf("%+v", steps)
	}
	waiting, err := now.Feedback().Notices(t.Context(), "00000099000000110001", 0, 10)
	must(t, err)
	if len(waiting) != 1 || waiting[0].Sequence != 4 || waiting[0].Notice.Pause == nil || waiting[0].Notice.Pause.ID != id {
		t.Errorf("%+v", waiting)
	}
	cases, err := now.Feedback().Cases(t.Context(), []gateway.SignalID{"01a19b7c-a680-7717-adfa-5c3381a2aa43"})
	must(t, err)
	if !cases[0].Paused {
		t.Error("a second pause could be given")
	}
}
