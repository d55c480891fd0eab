// SPDX-License-Identifier: EUPL-1.2

package rights

import (
	"context"
	"reflect"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/pseudonym"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

// tries bounds how often an erasure begins anew because what it was about
// changed while it was being proven.
const tries = 3

// Erase erases what counts of what is found now (AVG art. 17): bodies, tokens,
// relations, notices and a pause that is over, in one transaction with its entry
// and the signed deletion receipts. What stays is the report's id, digest and
// receipt, feedback and changes of the pause with their receipts (as long as the
// signal, about seven years), alarms (366 days), and the mark that the signal was
// erased: ids, days and codes without personal data, which both parties need as
// evidence (art. 17(3)(e)). It is refused while a pause of collection runs, which protects the
// resident and would end without a word, and while a hold keeps a claim. A refusal is logged.
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
		wanted := counting(hits)
		if code := keptFrom(wanted, gateway.Today(s.Instruction.At)); code != "" {
			return Erased{}, d.refuseErasure(ctx, s.Instruction, wanted, code)
		}
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

func (d *Desk) prove(ctx context.Context, i gateway.Instruction, hits []Hit) ([]retention.Proof, error) {
	if d.ports.Prover == nil {
		return nil, nil
	}
	records := map[retention.Kind][]retention.Record{}
	seen := map[string]bool{}
	for _, h := range hits {
		h.objects(func(kind retention.Kind, of retention.Controller, name string) {
			if !seen[name] { // a relation between two hits is met twice
				seen[name] = true
				records[kind] = append(records[kind], retention.Record{Controller: of, Name: name})
			}
		})
	}
	return d.ports.Prover.Prove(ctx, retention.ReasonRequest, records, i.At, i.Trace)
}

// objects names what an erasure takes of a hit, as deletion receipts name it
// (docs/formats.md).
func (h Hit) objects(add func(kind retention.Kind, of retention.Controller, name string)) {
	of, signal := retention.Controller(h.Signal.Municipality), "signaal/"+string(h.Signal.ID)
	if !h.BodyUntil.IsZero() {
		add(retention.KindBody, of, signal+"/inhoud")
	}
	for _, m := range h.Messages {
		if !m.BodyUntil.IsZero() {
			add(retention.KindBody, of, "signaal/"+string(m.Signal.ID)+"/inhoud")
		}
	}
	add(retention.KindTokens, of, signal+"/pseudoniemen") // it was found by them
	for _, r := range h.Signal.Relations {
		other := r.Other
		if other == h.Signal.ID {
			other = r.Signal
		}
		add(retention.KindRelation, of, signal+"/verband/"+string(other))
		add(retention.KindRelation, of, "signaal/"+string(other)+"/verband/"+string(h.Signal.ID))
	}
	for _, n := range h.Notices {
		add(retention.KindNotice, n.Controller, "bericht/"+string(n.ID))
	}
	if h.Pause != "" {
		add(retention.KindPause, of, "pauze/"+string(h.Pause))
	}
}

// erase is the one transaction: look again, and only when nothing changed since
// it was proven, log and erase.
func (d *Desk) erase(ctx context.Context, s Search, creditor gateway.OIN, traits []pseudonym.Trait, wanted []Hit, proofs []retention.Proof) (erased Erased, done bool, err error) {
	e := Erasure{At: s.Instruction.At}
	for _, h := range wanted {
		e.Targets = append(e.Targets, Target{h.Signal.ID, h.TokensUntil})
	}
	err = d.ports.Store.WriteRights(ctx, func(tx Tx) error {
		hits, err := find(tx, s, creditor, traits)
		if err != nil {
			return err
		}
		if done = reflect.DeepEqual(counting(hits), wanted); !done {
			return nil
		}
		if err := log(tx, s.Instruction, audit.ErasedOnRequest, nil, audit.Count(len(wanted))); err != nil {
			return err
		}
		if e.Proofs, err = filed(tx, proofs); err != nil {
			return err
		}
		erased, err = tx.EraseDossiers(e)
		return err
	})
	if err != nil {
		return Erased{}, false, err
	}
	return erased, done, nil
}

// filed writes the entries of the receipts into the log, and gives the receipts
// with their place there.
func filed(tx Tx, proofs []retention.Proof) ([]retention.Filed, error) {
	if len(proofs) == 0 {
		return nil, nil
	}
	entries, all := make([]audit.Entry, len(proofs)), make([]retention.Filed, len(proofs))
	for i, p := range proofs {
		entries[i], all[i] = p.Entry, p.Filed
	}
	first, err := tx.Append(entries)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Entry = first + int64(i)
	}
	return all, nil
}

func (d *Desk) refuseErasure(ctx context.Context, i gateway.Instruction, kept []Hit, code gateway.Code) error {
	err := d.ports.Store.WriteRights(ctx, func(tx Tx) error {
		return log(tx, i, audit.ErasureRefused, kept, audit.Refused(string(code)))
	})
	if err != nil {
		return err
	}
	if code == CodeHeld {
		return refuse(code, "AVG art. 17 lid 3 onder e", "Twee functionarissen hebben het wissen opgeschort; wissen kan als de opschorting voorbij is.")
	}
	return refuse(code, "AVG art. 17 lid 3 onder e", "Er loopt een incassopauze die de inwoner beschermt; wissen kan als die voorbij is.")
}

// keptFrom says what keeps hits from being erased: a pause that has not ended,
// or a hold.
func keptFrom(hits []Hit, today gateway.Date) gateway.Code {
	for _, h := range hits {
		if !today.After(h.HeldUntil) {
			return CodeHeld
		}
		if !today.After(h.PauseUntil) {
			return CodePauseRuns
		}
	}
	return ""
}

func counting(hits []Hit) (counted []Hit) {
	for _, h := range hits {
		if h.Counts() {
			counted = append(counted, h)
		}
	}
	return counted
}
