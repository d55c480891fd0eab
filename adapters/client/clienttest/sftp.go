// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/adapters/sftpd"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

// SFTP opens the real SFTP door before the same state; it stops with the test.
// hostKey is as party.json holds it.
func (g *Gateway) SFTP(t testing.TB) (address, hostKey string) {
	t.Helper()
	host, public := newSSH(t)
	signer, err := ssh.NewSignerFromKey(host)
	check(t, err)
	door, err := sftpd.New(sftpd.Services{Register: g, Mailbox: mailbox{g}, Feedback: desk{g}, Notices: notices{g}, Pauses: noPauses{}, Batches: batches{g},
		AccessRefused: func(context.Context, gateway.Code, string, time.Time, gateway.Trace) error { return nil }, Clock: time.Now},
		sftpd.Options{HostKeys: []ssh.Signer{signer}, Spool: t.TempDir(), DrainTimeout: 100 * time.Millisecond})
	check(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- door.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("SFTP door: %v", err)
		}
	})
	return l.Addr().String(), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))
}

func newSSH(t testing.TB) (ed25519.PrivateKey, ssh.PublicKey) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	public, err := ssh.NewPublicKey(private.Public())
	check(t, err)
	return private, public
}

// newLogin writes ssh_ed25519 and gives its registration.
func newLogin(t testing.TB, dir string) gateway.PartyKey {
	private, public := newSSH(t)
	block, err := ssh.MarshalPrivateKey(private, "test")
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "ssh_ed25519"), pem.EncodeToMemory(block), 0o600))
	sum := sha256.Sum256(public.Marshal())
	return gateway.PartyKey{ID: hex.EncodeToString(sum[:]), Use: gateway.KeyLogin, Algorithm: gateway.AlgSSH, Public: gateway.SSHKey(public.Marshal()),
		From: time.Now().Add(-time.Hour)}
}

// Party fills sftpd.Register.
func (g *Gateway) Party(_ context.Context, oin gateway.OIN) (gateway.Party, bool, error) {
	g.Lock()
	defer g.Unlock()
	p, ok := g.parties[string(oin)]
	return p, ok, nil
}

type mailbox struct{ *Gateway }

func (g mailbox) List(_ context.Context, _ gateway.Visit, after int64, limit int) (page []gateway.Signal, err error) {
	g.Lock()
	defer g.Unlock()
	for i, s := range g.signals {
		if sequence := int64(i + 1); sequence > after && s.confirmed.IsZero() && len(page) < limit {
			page = append(page, s.told(sequence))
		}
	}
	return page, nil
}

// told is the signal as the door knows it; damage came later than the digest.
func (s *signal) told(sequence int64) gateway.Signal {
	return gateway.Signal{ID: s.id, Sequence: sequence, Municipality: Municipality, Nature: gateway.NatureReport, Kind: gateway.ReportEnergy,
		Urgency: s.urgency, State: gateway.SignalOffered, DepositedAt: s.at, Format: s.format, KeyID: s.keyID, Size: len(s.body), Digest: gateway.DigestOf(s.body)}
}

func (g mailbox) one(id gateway.SignalID) (*signal, error) {
	for _, s := range g.signals {
		if s.id == id {
			return s, nil
		}
	}
	return nil, notFound(gateway.CodeUnknownSignal)
}

func (g mailbox) Fetch(_ context.Context, _ gateway.Visit, id gateway.SignalID) (gateway.Signal, []byte, error) {
	g.Lock()
	defer g.Unlock()
	s, err := g.one(id)
	if err != nil {
		return gateway.Signal{}, nil, err
	}
	return s.told(0), s.body, nil
}

func (g mailbox) Delivered(context.Context, gateway.Visit, gateway.SignalID) error { return nil }

func (g mailbox) Confirm(_ context.Context, v gateway.Visit, id gateway.SignalID) (time.Time, error) {
	g.Lock()
	defer g.Unlock()
	s, err := g.one(id)
	if err == nil {
		s.confirmed = v.At
	}
	return v.At, err
}

type desk struct{ *Gateway }

func (g desk) Accept(ctx context.Context, all []feedback.Submission) ([]feedback.Answer, error) {
	g.Lock()
	defer g.Unlock()
	answers := make([]feedback.Answer, len(all))
	for i, s := range all {
		receipt, err := g.take(ctx, s)
		if err != nil {
			answers[i].Err = gateway.AsError(err)
		}
		answers[i].Receipt = receipt
	}
	return answers, nil
}

func (g desk) take(ctx context.Context, s feedback.Submission) (gateway.Compact, error) {
	if _, err := mailbox(g).one(s.Signal); err != nil {
		return nil, err
	}
	c := jose.NewVerifier(jose.Limits{}).Verify(ctx, []intake.Letter{{Peer: s.Peer, At: s.At, Token: s.Token}})[0]
	if c.Err != nil {
		return nil, c.Err
	}
	var f gateway.Feedback
	if err := json.Unmarshal(c.Payload, &f); err != nil {
		return nil, gateway.Fail(gateway.KindInvalid, err)
	}
	kept, _, err := g.keep("/v1/signalen/"+string(s.Signal)+"/terugkoppelingen/"+string(s.ID), s.Peer, gateway.TypeFeedbackReceipt, c.Payload,
		gateway.Receipt{About: "terugkoppeling", SignalID: f.SignalID, FeedbackID: f.ID})
	return kept.receipt, err
}

type notices struct{ *Gateway }

func (g notices) List(_ context.Context, v gateway.Visit, after int64, limit int, _ time.Duration) (page []feedback.Delivered, err error) {
	g.Lock()
	defer g.Unlock()
	for i, n := range g.notices {
		if sequence := int64(i + 1); sequence > after && n.to == v.Peer.OIN() && len(page) < limit {
			page = append(page, feedback.Delivered{Sequence: sequence, ID: n.claims.ID, Kind: n.claims.Kind, Progress: n.progress, Compact: n.compact})
		}
	}
	return page, nil
}

func (g notices) Confirm(_ context.Context, v gateway.Visit, id gateway.NoticeID, to gateway.NoticeProgress, _ []gateway.Agent) (time.Time, error) {
	g.Lock()
	defer g.Unlock()
	for _, n := range g.notices {
		if n.claims.ID == id {
			n.progress = to
			g.Seen["move "+string(to)]++
			return v.At, nil
		}
	}
	return v.At, notFound(gateway.CodeUnknownNotice)
}

// noPauses knows of no pause: at this door, participants read them by name
// and drop changes, which no test does yet.
type noPauses struct{}

func (noPauses) State(context.Context, gateway.Visit, gateway.PauseID) (gateway.Compact, error) {
	return nil, notFound(gateway.CodeUnknownPause)
}

func (noPauses) Accept(_ context.Context, all []pause.Submission) ([]pause.Answer, error) {
	answers := make([]pause.Answer, len(all))
	for i := range answers {
		answers[i].Err = gateway.AsError(notFound(gateway.CodeUnknownPause))
	}
	return answers, nil
}

type batches struct{ *Gateway }

func (g batches) Receive(ctx context.Context, s batch.Submission, body io.Reader) (batch.Record, bool, error) {
	sealed, err := io.ReadAll(body)
	if err != nil {
		return batch.Record{}, false, err
	}
	g.Lock()
	defer g.Unlock()
	opener := batch.Opener(jose.NewFileOpener(g.keys, jose.Limits{}))
	if s.Envelope == batch.EnvelopeOpenPGP {
		opener = openpgp.NewOpener(g.pgp)
	}
	return g.receive(ctx, s.Visit.Peer, batch.Record{Key: batch.Key{Creditor: s.Visit.Peer.OIN(), ID: s.ID}, Sealed: gateway.DigestOf(sealed), Envelope: s.Envelope,
		Layout: s.Layout, Check: s.Check, Size: int64(len(sealed)), State: batch.Received, ReceivedAt: s.Visit.At}, opener, sealed)
}

func (g batches) Status(_ context.Context, v gateway.Visit, id gateway.BatchID) (batch.Record, error) {
	g.Lock()
	defer g.Unlock()
	f, err := g.fileOf(id, v.Peer)
	if err != nil {
		return batch.Record{}, err
	}
	return g.progress(f), nil
}

func (g batches) Outcomes(_ context.Context, v gateway.Visit, id gateway.BatchID, to io.Writer) error {
	g.Lock()
	defer g.Unlock()
	f, err := g.fileOf(id, v.Peer)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, o := range f.outcomes {
		_ = json.NewEncoder(&b).Encode(o)
	}
	_, err = to.Write(b.Bytes())
	return err
}
