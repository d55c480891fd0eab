// SPDX-License-Identifier: EUPL-1.2

package rights

import (
	"context"
	"reflect"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
)

// tries bounds how often an erasure begins anew because what it was about
// changed while it was being proven.
const tries = 3

// Erase erases what counts of what is found now (AVG art. 17): bodies, tokens,
// relations and notices, in one transaction with its entry. What stays is the
// report's id, digest and receipt, which hold no personal data and which both
// parties need as evidence (art. 17(3)(e)), and the mark that the signal was
// erased. It is refused while a pause of collection runs: the pause protects
// the resident and would end without a word. A refusal is logged.
//
// Copies of bodies in backups end when the wrapping key of their month is
// destroyed.
func (d *Desk) Erase(ctx context.Context, s Search) (Erased, error) {
	traits, creditor, err := d.traits(ctx, s)
	if err != nil {
		return Erased{}, err
	}
	for range tries {
		hits, err := d.look(ctx, s, audit.PersonSought)
		if err != nil {
			return Erased{}, err
		}
		if pauseRuns(hits, gateway.Today(s.Instruction.At)) {
			return Erased{}, d.refuseErasure(ctx, s.Instruction)
		}
		wanted := counting(hits)
		if len(wanted) == 0 {
			return Erased{}, nil
		}
		proofs, err := d.prove(ctx, s.Instruction, wanted)
		if err != nil {
			return Erased{}, err
		}
		erased, done, err := d.erase(ctx, s, creditor, traits, wanted, proofs)
		if err != nil || done {
			return erased, err
		}
	}
	return Erased{}, gateway.Refuse(gateway.KindUnavailable, gateway.Finding{Code: CodeUnsettled, Rule: "AVG art. 17",
		Text: "De gegevens veranderden steeds terwijl ze werden gewist; er is niets gewist, probeer het opnieuw."})
}

func (d *Desk) prove(ctx context.Context, i gateway.Instruction, hits []Hit) ([]Proof, error) {
	if d.ports.Prover == nil {
		return nil, nil
	}
	deletion := Deletion{Instruction: i}
	for _, h := range hits {
		deletion.Dossiers = append(deletion.Dossiers, h.Dossier)
	}
	return d.ports.Prover.Prove(ctx, deletion)
}

// erase is the one transaction: look again, and only when nothing changed since
// it was proven, log and erase.
func (d *Desk) erase(ctx context.Context, s Search, creditor gateway.OIN, traits []pseudonym.Trait, wanted []Hit, proofs []Proof) (erased Erased, done bool, err error) {
	e := Erasure{At: s.Instruction.At, Proofs: proofs}
	for _, h := range wanted {
		e.Targets = append(e.Targets, Target{h.Signal.ID, h.TokensUntil})
	}
	var receipts []audit.Option
	for _, p := range proofs {
		receipts = append(receipts, audit.Receipt(string(p.Receipt)))
	}
	err = d.ports.Store.WriteRights(ctx, func(tx Tx) error {
		hits, err := find(tx, s, creditor, traits)
		if err != nil {
			return err
		}
		if done = reflect.DeepEqual(counting(hits), wanted); !done {
			return nil
		}
		// One entry per receipt; without receipts one.
		for _, o := range append(receipts, nil)[:max(1, len(receipts))] {
			options := []audit.Option{audit.Count(len(wanted))}
			if o != nil {
				options = append(options, o)
			}
			if err := log(tx, s.Instruction, audit.ErasedOnRequest, options...); err != nil {
				return err
			}
		}
		erased, err = tx.EraseDossiers(e)
		return err
	})
	if err != nil {
		return Erased{}, false, err
	}
	return erased, done, nil
}

func (d *Desk) refuseErasure(ctx context.Context, i gateway.Instruction) error {
	err := d.ports.Store.WriteRights(ctx, func(tx Tx) error {
		return log(tx, i, audit.ErasureRefused, audit.Refused(string(CodePauseRuns)))
	})
	if err != nil {
		return err
	}
	return refuse(CodePauseRuns, "AVG art. 17 lid 3 onder e", "Er loopt een incassopauze die de inwoner beschermt; wissen kan als die voorbij is.")
}

// pauseRuns reports whether a pause of a counted hit has not ended.
func pauseRuns(hits []Hit, today gateway.Date) bool {
	for _, h := range counting(hits) {
		for _, n := range h.Notices {
			if n.Pause != nil && !today.After(n.Pause.Until) {
				return true
			}
		}
	}
	return false
}

func counting(hits []Hit) (counted []Hit) {
	for _, h := range hits {
		if h.Counts() {
			counted = append(counted, h)
		}
	}
	return counted
}
