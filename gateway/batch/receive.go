// SPDX-License-Identifier: EUPL-1.2

package batch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// Receive keeps a file as it came in. When it returns a record, the file and
// the record are on disk; nothing of it was looked at yet. The same id with the
// same content gives the first record again (replayed); with other content,
// or another layout, KindConflict. After an error nothing is kept, and whoever
// sent it may send it again.
func (d *Desk) Receive(ctx context.Context, s Submission, body io.Reader) (r Record, replayed bool, err error) {
	limit, err := d.admit(ctx, s)
	if err != nil {
		return Record{}, false, err
	}
	name := spoolName(s)
	place, err := d.reserve(ctx, s, name)
	if err != nil {
		return Record{}, false, err
	}
	defer place.leave()
	size, sum, err := d.ports.Spool.Put(ctx, name, &limited{body, limit, place})
	if err != nil {
		if e := (*gateway.Error)(nil); errors.As(err, &e) && e.Kind == gateway.KindTooLarge {
			err = errors.Join(err, d.refused(ctx, s, e, nil))
		}
		return Record{}, false, err
	}
	fresh := Record{Key: s.key(), Sealed: sum, Envelope: s.Envelope, Layout: s.Layout, Check: s.Check, Size: size, State: Received, Next: 1,
		ReceivedAt: s.Visit.At, Origin: s.Visit.Peer.Fingerprint(), Spool: name, Trace: s.Visit.Trace}
	first, err := d.enter(ctx, s, fresh)
	if err != nil {
		return Record{}, false, errors.Join(err, d.discard(ctx, name))
	}
	if first.Spool == name {
		d.ring()
		return first, false, nil
	}
	defer func() { err = errors.Join(err, d.discard(ctx, name)) }()
	same, err := d.same(ctx, s, first, fresh)
	if err != nil {
		return Record{}, false, err
	}
	if !same {
		e := refuse(gateway.KindConflict, gateway.CodeConflict, "/aanleveringId")
		return Record{}, false, errors.Join(e, d.refused(ctx, s, e, &sum))
	}
	r, err = d.Status(ctx, s.Visit, s.ID)
	return r, true, err
}

// admit refuses what need not be read.
func (d *Desk) admit(ctx context.Context, s Submission) (limit int64, err error) {
	limit = MaxFile
	if s.Envelope == EnvelopeJOSE {
		limit = MaxJOSE
	}
	code := gateway.Code("")
	switch {
	case !s.Visit.Peer.Is(gateway.KindCreditor):
		return 0, refuse(gateway.KindForbidden, gateway.CodePartyKind, "")
	case d.ports.Openers[s.Envelope] == nil:
		code = CodeEnvelope
	case s.Layout != LayoutNDJSON && s.Layout != LayoutCSV:
		code = CodeLayout
	default:
		return limit, nil
	}
	e := refuse(gateway.KindInvalid, code, "")
	return 0, errors.Join(e, d.refused(ctx, s, e, nil))
}

// spoolName is of one attempt: two that run at once never share a file. It
// starts with a hash of the key, so that an operator can find the files of a
// batch.
func spoolName(s Submission) string {
	sum := sha256.Sum256([]byte(string(s.Visit.Peer.OIN()) + "/" + string(s.ID)))
	return hex.EncodeToString(sum[:]) + "-" + string(gateway.NewUUID(s.Visit.At, nil))
}

// enter stores the record, unless there is one under its key: that one comes
// back then.
func (d *Desk) enter(ctx context.Context, s Submission, fresh Record) (Record, error) {
	entry, err := audit.New(audit.BatchReceived, audit.ByPeer(s.Visit.Peer, s.Visit.Trace), object(fresh.Key), s.Visit.At, audit.Digest(fresh.Sealed))
	if err != nil {
		return Record{}, err
	}
	var first Record
	err = d.ports.Store.Write(ctx, func(tx Tx) error {
		records, err := tx.Batches([]Key{fresh.Key})
		if err != nil {
			return err
		}
		if first = records[0]; first.Exists() {
			return nil
		}
		first = fresh
		if err := tx.Put(fresh); err != nil {
			return err
		}
		_, err = tx.Append([]audit.Entry{entry})
		return err
	})
	return first, err
}

// discard erases the file of an attempt, unless a record names it after all: a
// store whose answer got lost may have written it. When that cannot be seen,
// the file stays for the sweep of the next start.
func (d *Desk) discard(ctx context.Context, name string) error {
	ctx = context.WithoutCancel(ctx)
	pending, err := d.ports.Store.Pending(ctx)
	if err != nil {
		return nil
	}
	for _, r := range pending {
		if r.Spool == name {
			d.ring()
			return nil
		}
	}
	return d.ports.Spool.Erase(ctx, name)
}

// same reports whether an attempt holds what the first one held. An envelope
// differs each time it is made, so unequal bytes may be equal content: then
// both are opened, one pair at a time.
func (d *Desk) same(ctx context.Context, s Submission, first, fresh Record) (bool, error) {
	if first.Layout != s.Layout || first.Check != s.Check {
		return false, nil
	}
	if first.Sealed == fresh.Sealed {
		return true, nil
	}
	leave, err := d.compare(ctx, s.Visit.Peer.OIN())
	if err != nil {
		return false, err
	}
	defer leave()
	second, err := d.digest(ctx, s.Visit.Peer.Party(), fresh)
	if err != nil || second == (gateway.Digest{}) {
		return false, err
	}
	if first.Payload == (gateway.Digest{}) {
		payload, err := d.digest(ctx, s.Visit.Peer.Party(), first)
		if errors.Is(err, fs.ErrNotExist) { // finished while we looked
			first, err = d.record(ctx, first.Key)
			payload = first.Payload
		}
		if err != nil {
			return false, err
		}
		first.Payload = payload
	}
	return first.Payload == second, nil
}

// compare waits for the turn to compare, because it costs as much as
// processing. A party that is at it already is asked to come back; that another
// one is only takes time, and no answer tells of it (invariant I8).
func (d *Desk) compare(ctx context.Context, who gateway.OIN) (leave func(), err error) {
	d.mu.Lock()
	at := d.compares[who]
	d.compares[who] = true
	d.mu.Unlock()
	if at {
		return nil, full()
	}
	gone := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.compares, who)
	}
	select {
	case d.comparing <- struct{}{}:
		return func() { <-d.comparing; gone() }, nil
	case <-ctx.Done():
		gone()
		return nil, gateway.Fail(gateway.KindUnavailable, ctx.Err())
	}
}

// digest opens a file to its end and gives the digest of its content, zero
// when it cannot be opened as it is.
func (d *Desk) digest(ctx context.Context, from gateway.Party, r Record) (gateway.Digest, error) {
	if r.Spool == "" {
		return gateway.Digest{}, nil
	}
	plain, err := d.open(ctx, from, r)
	if err != nil {
		return gateway.Digest{}, passing(err)
	}
	defer plain.Close()
	if _, err := io.Copy(io.Discard, plain); err != nil {
		return gateway.Digest{}, passing(err)
	}
	return plain.digest(), nil
}

// refused writes down that a file was turned away as a whole.
func (d *Desk) refused(ctx context.Context, s Submission, e *gateway.Error, sum *gateway.Digest) error {
	options := []audit.Option{audit.Refused(audit.CodesOf(e)...)}
	if sum != nil {
		options = append(options, audit.Digest(*sum))
	}
	entry, err := audit.New(audit.BatchRefused, audit.ByPeer(s.Visit.Peer, s.Visit.Trace), object(s.key()), s.Visit.At, options...)
	if err != nil {
		return err
	}
	return d.append(ctx, entry)
}

func (d *Desk) append(ctx context.Context, entry audit.Entry) error {
	return d.ports.Store.Write(ctx, func(tx Tx) error {
		_, err := tx.Append([]audit.Entry{entry})
		return err
	})
}

func object(k Key) string { return audit.Object(audit.KindBatch, string(k.Creditor), string(k.ID)) }

// limited fails instead of ending when there is more than it may read.
type limited struct {
	in    io.Reader
	left  int64
	place *place
}

func (l *limited) Read(b []byte) (int, error) {
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.in.Read(b)
	if l.left -= int64(n); l.left < 0 {
		return 0, refuse(gateway.KindTooLarge, gateway.CodeTooLarge, "")
	}
	if !l.place.grow(int64(n)) {
		return 0, full()
	}
	return n, err
}
