// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Evidence is what was kept outside: by officers and witnesses (checkpoints), by
// creditors and municipalities (receipts).
type Evidence struct {
	Checkpoints [][]byte // signed notes
	Receipts    []string // compact JWS of the gateway
}

// Standing is one checkpoint, held against the rows.
type Standing struct {
	Origin string `json:"oorsprong"`
	Size   int64  `json:"omvang"`
	Root   string `json:"wortel"`
	// Held says that the rows give this root. When they do not and there are
	// rows enough, history was changed: it is a fork, and not a loss.
	Held   bool `json:"gedekt"`
	Forked bool `json:"gesplitst,omitzero"`
}

// Lost is one receipt whose act is not in the rows.
type Lost struct {
	Digest   gateway.Digest   `json:"sha256"` // of the receipt
	Type     string           `json:"soort"`
	To       gateway.OIN      `json:"partij,omitzero"`
	About    string           `json:"betreft,omitzero"`
	ReportID gateway.ReportID `json:"meldingId,omitzero"`
	SignalID gateway.SignalID `json:"signaalId,omitzero"`
	At       time.Time        `json:"ontvangenOp,omitzero"`
}

// Gap (verliesverklaring+jwt) is what a truth store lacks of what is known
// elsewhere. It says nothing about what nobody brought evidence of.
type Gap struct {
	Issuer    gateway.OIN  `json:"iss"`
	ID        gateway.UUID `json:"jti"`
	Made      time.Time    `json:"gemaaktOp"`
	Archive   gateway.UUID `json:"reservekopie,omitzero"` // that was restored
	Rows      int64        `json:"regels"`                // of the log, that are there
	Last      time.Time    `json:"laatste,omitzero"`      // moment of the last of them
	Standings []Standing   `json:"standen"`
	First     int64        `json:"ontbreektVan,omitzero"` // numbers of entries, from 1, that are not there
	Through   int64        `json:"ontbreektTot,omitzero"`
	Receipts  int          `json:"bewijzen"` // that were brought and are the gateway's
	Lost      []Lost       `json:"verloren"`
	Strange   int          `json:"vreemd,omitzero"`   // receipts that the gateway did not sign
	Until     time.Time    `json:"totEnMet,omitzero"` // the newest moment that is known to be lost
}

// Missing is how many entries are known to be lost.
func (g Gap) Missing() int64 {
	if g.Through == 0 {
		return 0
	}
	return g.Through - g.First + 1
}

// Whole reports whether nothing that was brought is missing.
func (g Gap) Whole() bool { return g.Missing() == 0 && len(g.Lost) == 0 && !g.Forked() }

// Forked reports whether a checkpoint contradicts rows that are there.
func (g Gap) Forked() bool {
	return slices.ContainsFunc(g.Standings, func(s Standing) bool { return s.Forked })
}

// ErrEvidence says that a checkpoint is not of this gateway's log.
var ErrEvidence = errors.New("a checkpoint that was brought is not of this log")

// FindGap holds evidence against the rows of the log, in one walk over them. The
// log names every receipt by its digest, so it answers for each kind.
func FindGap(ctx context.Context, rows audit.Rows, known note.Verifiers, signers proof.KeySet, e Evidence) (Gap, error) {
	g := Gap{Standings: []Standing{}, Lost: []Lost{}}
	var roots []tlog.Hash
	for _, text := range e.Checkpoints {
		c, err := proof.OpenCheckpoint(text, known)
		if err != nil {
			return g, fmt.Errorf("%w: %w", ErrEvidence, err)
		}
		g.Standings, roots = append(g.Standings, Standing{Origin: c.Origin, Size: c.Tree.N, Root: c.Tree.Hash.String()}), append(roots, c.Tree.Hash)
	}
	wanted := map[string]Lost{}
	for _, jws := range e.Receipts {
		r, err := signers.Open(jws)
		if err != nil {
			g.Strange++
			continue
		}
		wanted[r.Digest] = lostOf(r, jws)
	}
	g.Receipts = len(wanted)
	if err := g.walk(ctx, rows, wanted, roots); err != nil {
		return g, err
	}
	for i, s := range g.Standings {
		switch {
		case s.Size > g.Rows:
			g.First, g.Through = g.Rows+1, max(g.Through, s.Size)
		case !s.Held:
			g.Standings[i].Forked = true
		}
	}
	for _, l := range wanted {
		g.Lost = append(g.Lost, l)
		if l.At.After(g.Until) {
			g.Until = l.At
		}
	}
	slices.SortFunc(g.Lost, func(a, b Lost) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return slices.Compare(a.Digest[:], b.Digest[:])
	})
	return g, nil
}

// walk takes away the receipts that the rows name, and sees which roots they give.
func (g *Gap) walk(ctx context.Context, rows audit.Rows, wanted map[string]Lost, roots []tlog.Hash) error {
	const page = 4096
	var t tree
	var last []byte
	for {
		leaves, err := rows.Leaves(ctx, t.size, page)
		if err != nil {
			return err
		}
		for _, leaf := range leaves {
			t.add(leaf)
			last = leaf
			for i := range g.Standings {
				if g.Standings[i].Size == t.size {
					g.Standings[i].Held = t.root() == roots[i]
				}
			}
			if len(wanted) == 0 {
				continue
			}
			entry, err := proof.Decode(leaf)
			if err != nil {
				return err
			}
			delete(wanted, entry.Receipt)
		}
		if len(leaves) < page {
			break
		}
	}
	g.Rows = t.size
	if e, err := proof.Decode(last); err == nil {
		g.Last, _ = time.Parse(time.RFC3339, e.Time)
	}
	return nil
}

// lostOf reads of a receipt what helps to find what it was about.
func lostOf(r proof.Receipt, jws string) Lost {
	var claims struct {
		Audience gateway.OIN      `json:"aud"`
		About    string           `json:"betreft"`
		ReportID gateway.ReportID `json:"meldingId"`
		SignalID gateway.SignalID `json:"signaalId"`
		At       time.Time        `json:"ontvangenOp"`
	}
	_ = json.Unmarshal(r.Payload, &claims) // another kind of document has other claims; its digest names it
	return Lost{Digest: gateway.DigestOf([]byte(jws)), Type: r.Type, To: claims.Audience, About: claims.About,
		ReportID: claims.ReportID, SignalID: claims.SignalID, At: claims.At}
}

// Sign makes the signed form of a Gap, for whoever must be told.
func (g Gap) Sign(ctx context.Context, s Signer) (gateway.Compact, error) {
	return sign(ctx, s, gateway.TypeLoss, g)
}
