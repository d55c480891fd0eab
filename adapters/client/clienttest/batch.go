// SPDX-License-Identifier: EUPL-1.2

package clienttest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/jose"
	"github.com/seinhuis/seinhuis/adapters/openpgp"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/keys"
)

// file is one batch and the outcome of each line.
type file struct {
	record   batch.Record
	outcomes []map[string]any
	asked    int // a file is busy when first asked about
}

// pgp is the gateway's OpenPGP key.
type pgp struct{ private, public []byte }

func newPGP(t testing.TB) pgp {
	private, public, err := openpgp.NewIntakeKey(GatewayOIN, "Seinhuis test", time.Now().Add(-time.Hour))
	check(t, err)
	return pgp{private, public}
}

// OpenPGPKeys fills openpgp.IntakeKeys.
func (p pgp) OpenPGPKeys(context.Context) ([][]byte, error) { return [][]byte{p.private}, nil }

func (g *Gateway) openpgp(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/pgp-keys")
	_, _ = w.Write(g.pgp.public)
}

// aanlevering takes a file and handles it at once; GET shows it busy one time.
func (g *Gateway) aanlevering(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	sealed, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	record := batch.Record{Key: batch.Key{Creditor: p.OIN(), ID: gateway.BatchID(r.PathValue("id"))}, Sealed: gateway.DigestOf(sealed),
		Envelope: batch.EnvelopeJOSE, Layout: batch.Layout(query.Get("indeling")), Check: query.Get("controle") == "true",
		Size: int64(len(sealed)), State: batch.Received, ReceivedAt: time.Now().UTC()}
	opener := batch.Opener(jose.NewFileOpener(g.keys, jose.Limits{}))
	if r.Header.Get("Content-Type") == "application/pgp-encrypted" {
		record.Envelope, opener = batch.EnvelopeOpenPGP, openpgp.NewOpener(g.pgp)
	}
	record, _, err = g.receive(r.Context(), p, record, opener, sealed)
	if err != nil {
		return err
	}
	return accepted(w, record)
}

// receive handles a file at once; a file that is there already is not handled
// again.
func (g *Gateway) receive(ctx context.Context, p gateway.Peer, record batch.Record, opener batch.Opener, sealed []byte) (batch.Record, bool, error) {
	content, err := opener.OpenFile(ctx, p.Party(), time.Now(), bytes.NewReader(sealed))
	var plain []byte
	if err == nil {
		plain, err = io.ReadAll(content)
	}
	record.Payload = gateway.DigestOf(plain)
	if known, ok := g.files[record.ID]; ok {
		if known.record.Payload != record.Payload {
			return record, false, gateway.Refuse(gateway.KindConflict, gateway.Finding{Code: gateway.CodeConflict, Rule: "test", Text: "Dit id is bezet."})
		}
		return known.record, true, nil
	}
	f := &file{record: record}
	g.files[record.ID] = f
	if err != nil {
		f.record.Findings = gateway.AsError(err).Findings
	} else {
		g.lines(f, p, plain)
	}
	return record, false, nil
}

func accepted(w http.ResponseWriter, r batch.Record) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	return json.NewEncoder(w).Encode(statusOf(r, nil))
}

// lines gives each line its outcome.
func (g *Gateway) lines(f *file, p gateway.Peer, plain []byte) {
	for i, payload := range payloads(f.record.Layout, plain) {
		f.record.Lines++
		var inside struct {
			ID gateway.ReportID `json:"meldingId"`
		}
		_ = json.Unmarshal(payload, &inside)
		o := map[string]any{"regel": i + 1, "meldingId": inside.ID}
		s, known := g.messages["/v1/meldingen/"+string(inside.ID)]
		refused := (*gateway.Error)(nil)
		if g.Judge != nil {
			refused = g.Judge(payload)
		}
		switch {
		case refused != nil:
			f.record.Refused++
			o["uitkomst"], o["bevindingen"] = batch.LineRefused, refused.Findings
		case known:
			f.record.Duplicate++
			o["uitkomst"], o["ontvangstbewijs"] = batch.LineDuplicate, string(s.receipt)
		default:
			f.record.Accepted++
			o["uitkomst"] = batch.LineAccepted
			if !f.record.Check {
				digest := gateway.DigestOf(payload)
				s = stored{digest, g.SignReceipt(gateway.TypeReceipt, gateway.Receipt{Issuer: GatewayOIN, Audience: p.OIN(), ID: gateway.NewUUID(time.Now(), nil),
					About: "melding", ReportID: inside.ID, ReceivedAt: time.Now().UTC(), Digest: digest, Municipality: Municipality, Status: "geaccepteerd", Trace: gateway.NewTrace()})}
				g.messages["/v1/meldingen/"+string(inside.ID)] = s
				o["ontvangstbewijs"] = string(s.receipt)
			}
		}
		f.outcomes = append(f.outcomes, o)
	}
}

// payloads are the reports of a file.
func payloads(layout batch.Layout, plain []byte) [][]byte {
	if layout == batch.LayoutNDJSON {
		return bytes.Split(bytes.TrimSpace(plain), []byte("\n"))
	}
	r := csv.NewReader(bytes.NewReader(plain))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil
	}
	var list [][]byte
	for _, row := range rows[1:] {
		payload, _ := batch.RowJSON(rows[0], row)
		list = append(list, payload)
	}
	return list
}

func statusOf(r batch.Record, summary gateway.Compact) map[string]any {
	s := map[string]any{"aanleveringId": r.ID, "toestand": r.State, "indeling": r.Layout, "verpakking": r.Envelope, "controle": r.Check, "omvang": r.Size,
		"regels": r.Lines, "verwerkt": r.Accepted + r.Refused + r.Duplicate, "geaccepteerd": r.Accepted, "geweigerd": r.Refused, "dubbel": r.Duplicate,
		"ontvangenOp": r.ReceivedAt}
	if len(r.Findings) > 0 {
		s["bevindingen"] = r.Findings
	}
	if summary != nil {
		s["samenvatting"], s["gereedOp"], s["sha256"] = string(summary), time.Now().UTC(), r.Payload
	}
	return s
}

func (g *Gateway) file(r *http.Request, p gateway.Peer) (*file, error) {
	return g.fileOf(gateway.BatchID(r.PathValue("id")), p)
}

func (g *Gateway) fileOf(id gateway.BatchID, p gateway.Peer) (*file, error) {
	f, ok := g.files[id]
	if !ok || f.record.Creditor != p.OIN() {
		return nil, notFound(batch.CodeUnknownBatch)
	}
	return f, nil
}

func (g *Gateway) stand(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	f, err := g.file(r, p)
	if err != nil {
		return err
	}
	now := g.progress(f)
	return answer(w, statusOf(now, now.Summary))
}

// progress is busy when first asked about, and then done.
func (g *Gateway) progress(f *file) batch.Record {
	if f.asked++; f.asked == 1 {
		busy := f.record
		busy.State, busy.Accepted, busy.Refused, busy.Duplicate, busy.Findings = batch.Processing, 0, 0, 0, nil
		return busy
	}
	f.record.State, f.record.DoneAt = batch.Done, time.Now().UTC()
	if len(f.record.Findings) > 0 {
		f.record.State = batch.Rejected
	}
	f.record.Summary = g.summary(f)
	return f.record
}

func (g *Gateway) uitkomsten(w http.ResponseWriter, r *http.Request, p gateway.Peer) error {
	f, err := g.file(r, p)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	for _, o := range f.outcomes {
		if err := json.NewEncoder(w).Encode(o); err != nil {
			return nil
		}
	}
	return nil
}

// summary signs the end of a file; Audience lets a test lie.
func (g *Gateway) summary(f *file) []byte {
	var outcomes bytes.Buffer
	for _, o := range f.outcomes {
		_ = json.NewEncoder(&outcomes).Encode(o) // of texts and numbers
	}
	r := f.record
	payload, err := json.Marshal(batch.Summary{Issuer: GatewayOIN, Audience: cmp.Or(g.Audience, r.Creditor), ID: gateway.NewUUID(time.Now(), nil),
		About: "aanlevering", BatchID: r.ID, State: r.State, Check: r.Check, ReceivedAt: r.ReceivedAt, DoneAt: time.Now().UTC(), Sealed: r.Sealed, Payload: r.Payload,
		Lines: r.Lines, Accepted: r.Accepted, Refused: r.Refused, Duplicate: r.Duplicate, Outcomes: gateway.DigestOf(outcomes.Bytes()), Findings: r.Findings, Trace: gateway.NewTrace()})
	if err != nil {
		panic(err)
	}
	return g.sign(keys.ReceiptSigning, batch.TypeSummary, payload)
}
