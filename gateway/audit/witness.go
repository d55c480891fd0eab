// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// ErrCosignedOlder says that a witness handed in a cosignature on a shorter log than its last one.
var ErrCosignedOlder = errors.New("the witness has cosigned a longer log already")

// Cosigned is the newest checkpoint that a witness cosigned.
type Cosigned struct {
	Witness    string // name of its key
	Party      gateway.OIN
	Size       int64
	Checkpoint []byte    // with the signature of the log and that of the witness
	At         time.Time // as the witness says
}

// Cosignatures keeps the newest cosigned checkpoint of each witness. Filled by the truth store.
type Cosignatures interface {
	// Cosigned gives them by name of witness.
	Cosigned(ctx context.Context) ([]Cosigned, error)
	// PutCosigned stores one in place of the witness's last and writes entries, in one transaction. It fails with
	// [ErrCosignedOlder], and changes nothing, when the last one is of a longer log.
	PutCosigned(ctx context.Context, c Cosigned, entries []Entry) error
}

// WitnessConfig is what [Witnesses] needs. All but Keys must be there.
type WitnessConfig struct {
	Tiles        Tiles
	Cosignatures Cosignatures
	Verifiers    note.Verifiers // keys of the log
	Origin       string
	Keys         map[gateway.OIN]proof.Witness // which party may cosign, with which key
}

// Witnesses lets parties cosign that the log only grew, so that a gateway that shows each another log is found out by any two who
// compare. The exchange is that of C2SP tlog-witness, with the witness as the one who asks.
type Witnesses struct{ c WitnessConfig }

// NewWitnesses checks the parts.
func NewWitnesses(c WitnessConfig) (*Witnesses, error) {
	if c.Tiles == nil || c.Cosignatures == nil || c.Verifiers == nil || c.Origin == "" {
		return nil, errors.New("audit: witnesses need tiles, cosignatures, verifiers and an origin")
	}
	return &Witnesses{c}, nil
}

// Offer gives the newest checkpoint with the proof that it goes on from a size that the witness cosigned before (0: none), as the
// body of a C2SP add-checkpoint request. It is for any party: what the log hands to one it hands to all.
func (w *Witnesses) Offer(ctx context.Context, old int64) ([]byte, error) {
	text, head, err := w.head(ctx)
	if err != nil {
		return nil, err
	}
	if old < 0 || old > head.Tree.N {
		return nil, gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeCosignature, Rule: "C2SP tlog-witness",
			Text: "Het logboek is korter dan de stand waarvan u uitgaat. Bewaar die stand en meld dit de beheerder en de functionaris gegevensbescherming."})
	}
	var b strings.Builder
	b.WriteString("old " + strconv.FormatInt(old, 10) + "\n")
	if old > 0 && old < head.Tree.N {
		growth, err := tlog.ProveTree(head.Tree.N, old, Hashes(ctx, w.c.Tiles, head.Tree))
		if err != nil {
			return nil, gateway.Fail(gateway.KindUnavailable, err)
		}
		for _, h := range growth {
			b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
		}
	}
	b.WriteString("\n")
	return append([]byte(b.String()), text...), nil
}

func (w *Witnesses) head(ctx context.Context) ([]byte, proof.Checkpoint, error) {
	text, err := w.c.Tiles.Read(ctx, proof.CheckpointPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, proof.Checkpoint{}, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeCosignature, Text: "Er is nog geen stand van het logboek gepubliceerd."})
	}
	if err != nil {
		return nil, proof.Checkpoint{}, gateway.Fail(gateway.KindUnavailable, err)
	}
	head, err := proof.OpenCheckpoint(text, w.c.Verifiers)
	if err == nil && head.Origin != w.c.Origin {
		err = ErrFork
	}
	if err != nil {
		return nil, proof.Checkpoint{}, gateway.Fail(gateway.KindInternal, err)
	}
	return text, head, nil
}

// counted keeps of a cosigned checkpoint the signatures that were checked: what is kept goes to every party in its bundles, and a
// witness may not put lines of its own into them.
func counted(signed []byte, known note.Verifiers, witness proof.Witness) ([]byte, error) {
	kept := &note.Note{}
	for _, by := range []note.Verifiers{known, note.VerifierList(witness)} {
		n, err := note.Open(signed, by)
		if err != nil {
			return nil, fmt.Errorf("audit: cosigned: %w", err)
		}
		kept.Text, kept.Sigs = n.Text, append(kept.Sigs, n.Sigs...)
	}
	return note.Sign(kept)
}

// Accept takes a checkpoint that a party cosigned: one of this log, signed by the log, that the published one goes on from, with the
// cosignature of the key that is registered for the party. The same again is fine. It is durable, and in the log, on return.
func (w *Witnesses) Accept(ctx context.Context, v gateway.Visit, signed []byte) error {
	witness, ok := w.c.Keys[v.Peer.OIN()]
	if !ok {
		return gateway.Refuse(gateway.KindForbidden, gateway.Finding{Code: gateway.CodeNoWitness, Rule: "Seinhuis formats",
			Text: "Voor deze partij is geen sleutel van een getuige ingesteld."})
	}
	c, at, err := witness.Open(signed, w.c.Verifiers)
	if err != nil || c.Origin != w.c.Origin {
		return refusedCosignature("De stand is niet door dit logboek ondertekend, of niet met de sleutel van deze getuige medeondertekend.")
	}
	if signed, err = counted(signed, w.c.Verifiers, witness); err != nil {
		return gateway.Fail(gateway.KindInternal, err)
	}
	if at.After(v.At.Add(5 * time.Minute)) {
		return refusedCosignature("Het tijdstip van de medeondertekening ligt in de toekomst.")
	}
	_, head, err := w.head(ctx)
	if err != nil {
		return err
	}
	if _, err := ProveGrowth(ctx, w.c.Tiles, c.Tree, head.Tree); errors.Is(err, ErrGrowth) {
		return refusedCosignature("De medeondertekende stand is niet het begin van het gepubliceerde logboek.")
	} else if err != nil {
		return gateway.Fail(gateway.KindUnavailable, err)
	}
	entry, err := New(LogCosigned, ByPeer(v.Peer, v.Trace), Object(KindLog), v.At)
	if err != nil {
		return err
	}
	err = w.c.Cosignatures.PutCosigned(ctx, Cosigned{witness.Name(), v.Peer.OIN(), c.Tree.N, signed, at}, []Entry{entry})
	if errors.Is(err, ErrCosignedOlder) {
		return gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeCosignature, Rule: "C2SP tlog-witness",
			Text: "Deze getuige heeft al een langer logboek medeondertekend."})
	}
	return err
}

func refusedCosignature(text string) error {
	return gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeCosignature, Rule: "C2SP tlog-cosignature", Text: text})
}

// Cosigned gives the newest of each witness that is still registered.
func (w *Witnesses) Cosigned(ctx context.Context) (files []File, err error) {
	all, err := w.c.Cosignatures.Cosigned(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if key, ok := w.c.Keys[c.Party]; ok && key.Name() == c.Witness {
			files = append(files, File{key.CosignedPath(), c.Checkpoint})
		}
	}
	return files, nil
}

// ParseOffer reads what [Witnesses.Offer] gives, and checks nothing but its form.
func ParseOffer(body []byte) (old int64, growth tlog.TreeProof, checkpoint []byte, err error) {
	head, rest, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(head, "\n")
	digits, found := strings.CutPrefix(lines[0], "old ")
	old, err = strconv.ParseInt(digits, 10, 64)
	if !ok || !found || err != nil || old < 0 || strconv.FormatInt(old, 10) != digits || len(lines) > 64 {
		return 0, nil, nil, fmt.Errorf("%w: not the form of an offer", proof.ErrCheckpoint)
	}
	for _, line := range lines[1:] {
		raw, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return 0, nil, nil, fmt.Errorf("%w: bad hash", proof.ErrCheckpoint)
		}
		growth = append(growth, tlog.Hash(raw))
	}
	return old, growth, []byte(rest), nil
}
