// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

const (
	town   gateway.OIN = "00000099000000000268"
	energy gateway.OIN = "00000099000000000001"
)

// house is the door with working fakes behind it, on loopback.
type house struct {
	t       testing.TB
	addr    string
	hostKey ssh.PublicKey
	server  *Server
	stop    func()
	done    chan error

	mu        sync.Mutex
	parties   map[gateway.OIN]gateway.Party
	signals   []gateway.Signal
	bodies    map[gateway.SignalID][]byte
	log       []string // what the services did
	refusals  []gateway.Code
	feedbacks map[gateway.FeedbackID]string
	notices   []feedback.Delivered
	letters   map[gateway.NoticeID]gateway.OIN // whose notice; anyone's when nil
	batches   map[gateway.BatchID]batch.Record
	contents  map[gateway.BatchID]string
	pauses    map[gateway.PauseID]gateway.OIN // and who may know of it, besides the town
	changes   map[gateway.ChangeID]string
	stated    int
	fail      error // of the next call to a service
	panics    bool
}

func newID() gateway.UUID { return gateway.NewUUID(time.Now(), nil) }

func newKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func loginKey(k ssh.PublicKey) gateway.PartyKey {
	sum := sha256.Sum256(k.Marshal())
	return gateway.PartyKey{ID: hex.EncodeToString(sum[:]), Use: gateway.KeyLogin, Algorithm: gateway.AlgSSH, Public: gateway.SSHKey(k.Marshal())}
}

func newHouse(t testing.TB, change ...func(*Options)) *house {
	t.Helper()
	h := &house{t: t, parties: map[gateway.OIN]gateway.Party{}, bodies: map[gateway.SignalID][]byte{}, feedbacks: map[gateway.FeedbackID]string{},
		batches: map[gateway.BatchID]batch.Record{}, contents: map[gateway.BatchID]string{},
		pauses: map[gateway.PauseID]gateway.OIN{}, changes: map[gateway.ChangeID]string{}, done: make(chan error, 1)}
	h.parties[town] = gateway.Party{OIN: town, Kind: gateway.KindMunicipality, State: gateway.PartyActive, Municipality: "GM0268"}
	h.parties[energy] = gateway.Party{OIN: energy, Kind: gateway.KindCreditor, State: gateway.PartyActive}
	host := newKey(t)
	h.hostKey = host.PublicKey()
	o := Options{HostKeys: []ssh.Signer{host}, Spool: t.TempDir()}
	for _, c := range change {
		c(&o)
	}
	var err error
	h.server, err = New(Services{Register: h, Mailbox: mailboxOf{h}, Feedback: feedbackOf{h}, Notices: noticesOf{h}, Pauses: pausesOf{h}, Batches: batchesOf{h},
		AccessRefused: h.refused, Clock: time.Now}, o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() { h.done <- h.server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		for _, s := range h.server.list() {
			s.end()
		}
		select {
		case err := <-h.done:
			if err != nil {
				t.Errorf("serve: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the server does not stop")
		}
	})
	return h
}

// enrol gives a party a login key.
func (h *house) enrol(oin gateway.OIN, k ssh.PublicKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.parties[oin]
	p.Keys = append(p.Keys, loginKey(k))
	h.parties[oin] = p
}

// dial logs in, or fails.
func (h *house) dial(oin gateway.OIN, k ssh.Signer) (*ssh.Client, error) {
	return ssh.Dial("tcp", h.addr, &ssh.ClientConfig{User: string(oin), Auth: []ssh.AuthMethod{ssh.PublicKeys(k)},
		HostKeyCallback: ssh.FixedHostKey(h.hostKey), HostKeyAlgorithms: []string{ssh.KeyAlgoED25519}, Timeout: 5 * time.Second})
}

// client logs in as a party with a new key.
func (h *house) client(oin gateway.OIN) *sftp.Client {
	h.t.Helper()
	c, _ := h.both(oin)
	return c
}

func (h *house) both(oin gateway.OIN) (*sftp.Client, *ssh.Client) {
	h.t.Helper()
	k := newKey(h.t)
	h.enrol(oin, k.PublicKey())
	conn, err := h.dial(oin, k)
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := sftp.NewClient(conn)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = c.Close(); _ = conn.Close() })
	return c, conn
}

func (h *house) deposit(n, size int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for range n {
		body := make([]byte, size)
		_, _ = rand.Read(body)
		g := gateway.Signal{ID: gateway.SignalID(newID()), Sequence: int64(len(h.signals) + 1), Municipality: "GM0268", Nature: gateway.NatureReport,
			Kind: "Energie", Urgency: gateway.UrgencyRegular, State: gateway.SignalWaiting, DepositedAt: time.Now().Add(-time.Hour).Truncate(time.Second),
			Format: "jose", KeyID: "k", Size: size, Digest: gateway.DigestOf(body)}
		if len(h.signals)%2 == 1 {
			g.Format = formatOpenPGP
		}
		h.signals, h.bodies[g.ID] = append(h.signals, g), body
	}
}

func (h *house) write(format string, a ...any) {
	h.log = append(h.log, fmt.Sprintf(format, a...))
}

// did gives what the services did since the last time.
func (h *house) did() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.log
	h.log = nil
	return l
}

// set changes the house between calls.
func (h *house) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

func (h *house) enter() (leave func(), err error) {
	h.mu.Lock()
	err, h.fail = h.fail, nil
	if h.panics {
		h.panics = false
		h.mu.Unlock()
		panic("Jansen, Molenstraat 1")
	}
	return h.mu.Unlock, err
}

func (h *house) Party(_ context.Context, oin gateway.OIN) (gateway.Party, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.parties[oin]
	return p, ok, nil
}

func (h *house) refused(_ context.Context, code gateway.Code, _ string, _ time.Time, _ gateway.Trace) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusals = append(h.refusals, code)
	return nil
}

type mailboxOf struct{ *house }

func (h mailboxOf) List(_ context.Context, v gateway.Visit, after int64, limit int) ([]gateway.Signal, error) {
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return nil, err
	}
	var page []gateway.Signal
	for i := range h.signals {
		g := &h.signals[i]
		if g.Sequence > after && g.State != gateway.SignalConfirmed && g.Municipality == v.Peer.Party().Municipality && len(page) < limit {
			if g.State == gateway.SignalWaiting {
				g.State = gateway.SignalOffered
			}
			page = append(page, *g)
		}
	}
	return page, nil
}

func (h mailboxOf) find(v gateway.Visit, id gateway.SignalID) (*gateway.Signal, error) {
	for i := range h.signals {
		if h.signals[i].ID == id && h.signals[i].Municipality == v.Peer.Party().Municipality {
			return &h.signals[i], nil
		}
	}
	return nil, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownSignal, Text: "Dit signaal is niet bekend."})
}

func (h mailboxOf) Fetch(_ context.Context, v gateway.Visit, id gateway.SignalID) (gateway.Signal, []byte, error) {
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return gateway.Signal{}, nil, err
	}
	g, err := h.find(v, id)
	if err != nil {
		return gateway.Signal{}, nil, err
	}
	h.write("fetch")
	return *g, h.bodies[id], nil
}

func (h mailboxOf) Delivered(_ context.Context, v gateway.Visit, id gateway.SignalID) error {
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return err
	}
	g, err := h.find(v, id)
	if err != nil {
		return err
	}
	g.State = gateway.SignalRead
	h.write("delivered")
	return nil
}

func (h mailboxOf) Confirm(_ context.Context, v gateway.Visit, id gateway.SignalID) (time.Time, error) {
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return time.Time{}, err
	}
	g, err := h.find(v, id)
	if err != nil {
		return time.Time{}, err
	}
	g.State = gateway.SignalConfirmed
	h.write("confirm")
	return v.At, nil
}

type feedbackOf struct{ *house }

func (h feedbackOf) Accept(_ context.Context, all []feedback.Submission) ([]feedback.Answer, error) {
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return nil, err
	}
	answers := make([]feedback.Answer, len(all))
	for i, s := range all {
		if known, ok := h.feedbacks[s.ID]; ok && known != string(s.Token) {
			answers[i].Err = gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict, Text: "Onder dit id is al andere inhoud ontvangen; gebruik een nieuw id."})
			continue
		}
		h.feedbacks[s.ID] = string(s.Token)
		h.write("accept")
		answers[i].Receipt = gateway.Compact("bewijs." + string(s.ID) + ".x")
	}
	return answers, nil
}

type noticesOf struct{ *house }

func (h noticesOf) List(_ context.Context, v gateway.Visit, after int64, limit int, _ time.Duration) ([]feedback.Delivered, error) {
	leave, err := h.enter()
	defer leave()
	var page []feedback.Delivered
	for _, n := range h.notices {
		if n.Sequence > after && len(page) < limit && (h.letters == nil || h.letters[n.ID] == v.Peer.OIN()) {
			page = append(page, n)
		}
	}
	return page, err
}

func (h noticesOf) Confirm(_ context.Context, v gateway.Visit, id gateway.NoticeID, p gateway.NoticeProgress, _ []gateway.Agent) (time.Time, error) {
	leave, err := h.enter()
	defer leave()
	for i := range h.notices {
		if err == nil && h.notices[i].ID == id {
			h.notices[i].Progress = p
			h.write("%s", p)
		}
	}
	return v.At, err
}

type pausesOf struct{ *house }

// State makes another statement each time, of another length.
func (h pausesOf) State(_ context.Context, v gateway.Visit, id gateway.PauseID) (gateway.Compact, error) {
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return nil, err
	}
	if holder, known := h.pauses[id]; !known || holder != v.Peer.OIN() && v.Peer.OIN() != town {
		return nil, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownPause, Text: "Deze pauze is niet bekend."})
	}
	h.write("state")
	h.stated++
	return gateway.Compact("verklaring." + string(id) + strings.Repeat("x", h.stated)), nil
}

func (h pausesOf) Accept(_ context.Context, all []pause.Submission) ([]pause.Answer, error) {
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return nil, err
	}
	answers := make([]pause.Answer, len(all))
	for i, s := range all {
		switch known, again := h.changes[s.ID]; {
		case again && known != string(s.Token):
			answers[i].Err = gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict, Text: "Onder dit id is al andere inhoud ontvangen; gebruik een nieuw id."})
		case h.pauses[s.Pause] == "":
			answers[i].Err = gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodeUnknownPause, Text: "Deze pauze is niet bekend."})
		default:
			h.changes[s.ID] = string(s.Token)
			h.write("change by %s", s.Peer.OIN())
			answers[i].Receipt = gateway.Compact("wijziging." + string(s.ID) + ".x")
		}
	}
	return answers, nil
}

type batchesOf struct{ *house }

func (h batchesOf) Receive(_ context.Context, s batch.Submission, body io.Reader) (batch.Record, bool, error) {
	content, err := io.ReadAll(body)
	if err != nil {
		return batch.Record{}, false, err
	}
	leave, err := h.enter()
	defer leave()
	if err != nil {
		return batch.Record{}, false, err
	}
	digest := gateway.DigestOf(content)
	if r := h.batches[s.ID]; r.Exists() {
		if r.Sealed != digest {
			return r, false, gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict, Text: "Onder dit id is al andere inhoud ontvangen; gebruik een nieuw id."})
		}
		return r, true, nil
	}
	r := batch.Record{Key: batch.Key{Creditor: s.Visit.Peer.OIN(), ID: s.ID}, Sealed: digest, Envelope: s.Envelope, Layout: s.Layout, Check: s.Check,
		Size: int64(len(content)), State: batch.Received, ReceivedAt: s.Visit.At}
	h.batches[s.ID], h.contents[s.ID] = r, string(content)
	h.write("receive %s %s %v", s.Envelope, s.Layout, s.Check)
	return r, false, nil
}

func (h batchesOf) Status(_ context.Context, v gateway.Visit, id gateway.BatchID) (batch.Record, error) {
	leave, err := h.enter()
	defer leave()
	if r := h.batches[id]; err == nil && r.Creditor == v.Peer.OIN() {
		return r, nil
	}
	return batch.Record{}, gateway.Refuse(gateway.KindNotFound, gateway.Finding{Code: gateway.CodePathUnknown, Text: "Deze aanlevering is niet bekend."})
}

func (h batchesOf) Outcomes(_ context.Context, _ gateway.Visit, _ gateway.BatchID, to io.Writer) error {
	leave, err := h.enter()
	defer leave()
	h.write("outcomes")
	if err == nil {
		_, err = io.Copy(to, bytes.NewReader(bytes.Repeat([]byte("{\"regel\":1}\n"), 1000)))
	}
	return err
}
