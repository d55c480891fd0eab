// SPDX-License-Identifier: EUPL-1.2

package oversight

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Doubt says what is wrong with the log as it is published. The constant is the
// code in the entry that tells of it.
type Doubt string

const (
	// NoDoubt: nothing is wrong.
	NoDoubt Doubt = ""
	// DoubtNone: the officer saw a log before, and now there is no checkpoint.
	DoubtNone Doubt = "checkpoint-ontbreekt"
	// DoubtSignature: the checkpoint is not one that the log's key signed.
	DoubtSignature Doubt = "handtekening-ongeldig"
	// DoubtShrunk: the log is shorter than the officer saw it.
	DoubtShrunk Doubt = "logboek-korter"
	// DoubtForked: what the officer saw is not the beginning of this log.
	DoubtForked Doubt = "logboek-vertakt"
	// DoubtHashes: hashes are missing or do not give the root that is signed.
	DoubtHashes Doubt = "hashes-onjuist"
	// DoubtEntry: an entry is not the one in the tree, or is gone.
	DoubtEntry Doubt = "regel-gewijzigd"
)

const (
	codeInspected gateway.Code = "controle"         // of entries that say that someone inspected
	codeCompared  gateway.Code = "regels-nagelopen" // of those that say that all rows were compared
)

// Witnesses gives the newest checkpoint that each witness cosigned, as files
// of a bundle. Filled by audit.Witnesses.
type Witnesses interface {
	Cosigned(ctx context.Context) ([]audit.File, error)
}

// InspectionPorts are what an Inspection works with. All but Witnesses must be there.
type InspectionPorts struct {
	Journal   Journal
	Rows      audit.Rows
	Tiles     audit.Tiles
	Sights    Sights
	Witnesses Witnesses      // nil: there are none
	Verifiers note.Verifiers // keys of the log; not read from the log itself
	Origin    string         // of the log
}

// Inspection lets officers verify the log and take proofs of it away. What it
// says rests on the gateway's own word; what it hands out can be verified with
// seincheck by whoever does not take that.
type Inspection struct{ p InspectionPorts }

// NewInspection checks the parts.
func NewInspection(p InspectionPorts) (*Inspection, error) {
	if p.Journal == nil || p.Rows == nil || p.Tiles == nil || p.Sights == nil || p.Verifiers == nil || p.Origin == "" {
		return nil, errors.New("oversight: an inspection needs journal, rows, tiles, sights, verifiers and origin")
	}
	return &Inspection{p}, nil
}

// LogState is where the log stands and what the officer saw of it last.
type LogState struct {
	Checkpoint []byte           // as published; nil when there is none
	Head       proof.Checkpoint // what it says; the zero one when Doubt is DoubtSignature
	Sight      Sight
	Doubt      Doubt // DoubtNone, DoubtSignature or nothing: the rest takes Verify
}

// LogState looks and remembers nothing; it shows no entry and so writes none.
func (i *Inspection) LogState(ctx context.Context, v Visit) (s LogState, err error) {
	if v.Officer.Scope().Empty() {
		return s, absent()
	}
	if s.Sight, err = i.p.Sights.Sight(ctx, v.Officer.Account()); err != nil {
		return s, err
	}
	s.Checkpoint, s.Head, s.Doubt, err = i.published(ctx)
	if s.Doubt == DoubtNone && !s.Sight.Exists() {
		s.Doubt = NoDoubt // a log that nobody wrote into yet
	}
	return s, err
}

// published reads the newest checkpoint and checks its signature.
func (i *Inspection) published(ctx context.Context) ([]byte, proof.Checkpoint, Doubt, error) {
	text, err := i.p.Tiles.Read(ctx, proof.CheckpointPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, proof.Checkpoint{}, DoubtNone, nil
	}
	if err != nil {
		return nil, proof.Checkpoint{}, NoDoubt, gateway.Fail(gateway.KindUnavailable, err)
	}
	head, err := proof.OpenCheckpoint(text, i.p.Verifiers)
	if err != nil || head.Origin != i.p.Origin {
		return text, proof.Checkpoint{}, DoubtSignature, nil
	}
	return text, head, NoDoubt, nil
}

// Verdict is what Verify found.
type Verdict struct {
	LogState                // Sight is the one from before; it stays the last one when Doubt is not NoDoubt
	Growth   tlog.TreeProof // shows that the log only grew since Sight; empty when there was none, or it did not grow
	Entry    int64          // number of the entry that was proven as a sample, or with DoubtEntry is wrong; 0: none
}

// Verify checks the newest checkpoint: its signature, that it goes on from the
// one that this officer saw last, and that the last entry and one that the root
// picks are in it. It remembers the checkpoint only when all of that holds;
// otherwise the officer's old one stays, the doubt is noted and logged, and
// doctor tells of it until a later Verify finds nothing.
//
// A doubt is a Verdict, not an error: an error means that it could not be done.
func (i *Inspection) Verify(ctx context.Context, v Visit) (d Verdict, err error) {
	if d.LogState, err = i.LogState(ctx, v); err != nil {
		return d, err
	}
	if d.Checkpoint == nil && d.Doubt == NoDoubt {
		return d, nil
	}
	if d.Doubt == NoDoubt {
		if d.Growth, d.Doubt, err = i.grown(ctx, d.Sight, d.Head.Tree); err != nil {
			return d, err
		}
	}
	if d.Doubt == NoDoubt {
		if d.Entry, d.Doubt, err = i.sample(ctx, d.Head.Tree); err != nil {
			return d, err
		}
	}
	if d.Doubt != NoDoubt {
		return d, i.doubt(ctx, v, d.Doubt)
	}
	entry, err := audit.New(audit.LogRead, v.By(), audit.Object(audit.KindLog), v.At, audit.Codes(string(codeInspected)))
	if err != nil {
		return d, err
	}
	now := Sight{Size: d.Head.Tree.N, Checkpoint: d.Checkpoint, At: v.At}
	if d.Sight.Exists() && d.Sight.Size == now.Size { // the same tree; signatures beside it may differ
		now.Checkpoint = d.Sight.Checkpoint
	}
	if err := i.p.Sights.See(ctx, v.Officer.Account(), now, []audit.Entry{entry}); errors.Is(err, ErrSightMoved) {
		return d, gateway.Fail(gateway.KindUnavailable, err)
	} else if err != nil {
		return d, err
	}
	return d, nil
}

// grown proves that the tree goes on from the sight.
func (i *Inspection) grown(ctx context.Context, was Sight, now tlog.Tree) (tlog.TreeProof, Doubt, error) {
	if !was.Exists() {
		return nil, NoDoubt, nil
	}
	old, err := proof.OpenCheckpoint(was.Checkpoint, i.p.Verifiers)
	if err != nil { // signed with a key that does not count any more, or the store was changed
		return nil, DoubtSignature, nil
	}
	if old.Tree.N > now.N {
		return nil, DoubtShrunk, nil
	}
	growth, err := audit.ProveGrowth(ctx, i.p.Tiles, old.Tree, now)
	if errors.Is(err, audit.ErrGrowth) {
		return nil, DoubtForked, nil
	}
	return growth, doubtOf(err), failing(err)
}

// sample proves the last entry and one that the root picks: nobody who changes
// entries beforehand knows which that will be.
func (i *Inspection) sample(ctx context.Context, tree tlog.Tree) (number int64, d Doubt, err error) {
	if tree.N == 0 {
		return 0, NoDoubt, nil
	}
	picked := int64(binary.BigEndian.Uint64(tree.Hash[:8]) % uint64(tree.N))
	for _, index := range []int64{tree.N - 1, picked} {
		if _, _, d, err = i.prove(ctx, tree, index); err != nil || d != NoDoubt {
			return index + 1, d, err
		}
	}
	return picked + 1, NoDoubt, nil
}

// prove gives the leaf of an entry and its proof, checked.
func (i *Inspection) prove(ctx context.Context, tree tlog.Tree, index int64) (tlog.RecordProof, []byte, Doubt, error) {
	path, err := tlog.ProveRecord(tree.N, index, audit.Hashes(ctx, i.p.Tiles, tree))
	if err != nil {
		return nil, nil, doubtOf(err), failing(err)
	}
	rows, err := i.p.Rows.Leaves(ctx, index, 1)
	if err != nil {
		return nil, nil, NoDoubt, err
	}
	if len(rows) != 1 || tlog.CheckRecord(path, tree.N, tree.Hash, index, proof.LeafHash(rows[0])) != nil {
		return nil, nil, DoubtEntry, nil
	}
	return path, rows[0], NoDoubt, nil
}

// doubtOf tells hashes that are wrong or gone from a store that does not answer.
func doubtOf(err error) Doubt {
	if errors.Is(err, audit.ErrFork) || errors.Is(err, fs.ErrNotExist) {
		return DoubtHashes
	}
	return NoDoubt
}

// failing is the error that is left when a doubt does not explain it.
func failing(err error) error {
	if err == nil || doubtOf(err) != NoDoubt {
		return nil
	}
	return gateway.Fail(gateway.KindUnavailable, err)
}

func (i *Inspection) doubt(ctx context.Context, v Visit, d Doubt) error {
	entry, err := audit.New(audit.LogDoubted, v.By(), audit.Object(audit.KindLog), v.At, audit.Failed(string(d)))
	if err != nil {
		return err
	}
	return i.p.Sights.Doubt(ctx, v.Officer.Account(), v.At, []audit.Entry{entry})
}

// CheckAll compares every row that the checkpoint covers with the tree and
// names those that were changed, by number and nothing else. It takes a while
// (some seconds for a million); progress is told how many were done.
func (i *Inspection) CheckAll(ctx context.Context, v Visit, progress func(done, total int64)) (proof.Report, error) {
	s, err := i.LogState(ctx, v)
	if err != nil {
		return proof.Report{}, err
	}
	if s.Checkpoint == nil && s.Doubt == NoDoubt {
		return proof.Report{Origin: i.p.Origin, Previous: -1, Findings: []proof.Finding{}}, nil
	}
	if err := i.log(ctx, v, audit.LogRead, audit.Codes(string(codeCompared))); err != nil {
		return proof.Report{}, err
	}
	report := proof.Report{Origin: i.p.Origin, Previous: -1, Findings: []proof.Finding{{Code: proof.CheckpointRefused, Path: proof.CheckpointPath,
		Index: -1, Text: "there is no checkpoint that the log's key signed"}}}
	doubt := s.Doubt
	if doubt == NoDoubt {
		report, err = audit.CheckRows(ctx, i.p.Rows, i.p.Tiles, s.Head, func(done int64) {
			if progress != nil {
				progress(done, s.Head.Tree.N)
			}
		})
		if err != nil {
			return proof.Report{}, err
		}
		doubt = found(report)
	}
	if doubt != NoDoubt {
		err = i.doubt(ctx, v, doubt)
	}
	return report, err
}

// found is the doubt that a report on rows gives.
func found(r proof.Report) Doubt {
	d := NoDoubt
	for _, f := range r.Findings {
		switch f.Code {
		case proof.EntryAltered, proof.EntryInvalid, proof.LineMissing:
			return DoubtEntry
		default:
			d = DoubtHashes
		}
	}
	return d
}

func (i *Inspection) log(ctx context.Context, v Visit, event audit.Event, options ...audit.Option) error {
	entries, err := v.inBooks(event, v.Officer.Scope(), options...)
	if err != nil {
		return err
	}
	if err := i.p.Journal.Write(ctx, entries); err != nil {
		return fmt.Errorf("oversight: %w", err)
	}
	return nil
}
