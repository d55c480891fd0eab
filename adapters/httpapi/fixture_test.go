// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/seinhuis/seinhuis/docs"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/clocks"
	"github.com/seinhuis/seinhuis/gateway/feedback"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/logbook"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/retention"
)

const (
	energy   gateway.OIN = "00000099000000010000"
	nijmegen gateway.OIN = "00000099000000020000"
	idA                  = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11"
	idB                  = "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22"
	jwe                  = "aaaa.bbbb.cccc.dddd.eeee"
	jws                  = "aaaa.bbbb.cccc"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// house is the door with a fake of every service behind it. The fakes record
// what they were asked and answer what the test put in.
type house struct {
	t       testing.TB
	handler http.Handler
	metrics *Metrics

	mu      sync.Mutex
	calls   []string
	reports []intake.Submission
	said    []feedback.Submission
	refused []gateway.Code
	files   []batch.Submission

	answer    journey.Answer
	err       error
	signals   []gateway.Signal
	body      []byte
	notices   []feedback.Delivered
	onNotices func(context.Context, time.Duration)
	leaf      []byte
	proveErr  error
	healthErr error
	onReport  func()
	record    batch.Record
	took      int64 // bytes of files
	outcomes  []string
	breakAt   int // after so many outcomes Outcomes fails; 0 is never
	pgp       string
	listed    []time.Time // the moments of the visits that listed notices
	asked     logbook.Question
	municipal bool // who knocks at a street
}

func (h *house) call(s string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, s)
}

// The test marks who connects in ServerName; mtls has its own tests.
func (h *house) Peer(_ context.Context, s *tls.ConnectionState) (gateway.Peer, *gateway.Error) {
	switch {
	case s == nil || s.ServerName == "":
		return gateway.Peer{}, gateway.Refuse(gateway.KindUnauthenticated, gateway.Finding{Code: gateway.CodeNoCertificate})
	case s.ServerName == "gemeente":
		return gateway.Authenticated(gateway.Party{OIN: nijmegen, Kind: gateway.KindMunicipality, Municipality: "GM0268"}, "ff"), nil
	case s.ServerName == "functionaris":
		return gateway.Authenticated(gateway.Party{OIN: nijmegen, Kind: gateway.KindOfficer}, "ff"), nil
	case s.ServerName == "geschorst":
		return gateway.Peer{}, gateway.Refuse(gateway.KindForbidden, gateway.Finding{Code: gateway.CodePartyInactive})
	}
	return gateway.Authenticated(gateway.Party{OIN: energy, Kind: gateway.KindCreditor}, "ff"), nil
}

func (h *house) steps(name string, batch []intake.Submission) ([]journey.Answer, error) {
	h.call(name)
	h.mu.Lock()
	h.reports = append(h.reports, batch...)
	h.mu.Unlock()
	if h.onReport != nil {
		h.onReport()
	}
	return []journey.Answer{h.answer}, h.err
}

func (h *house) Report(_ context.Context, b []intake.Submission) ([]journey.Answer, error) {
	return h.steps("report", b)
}
func (h *house) Check(_ context.Context, b []intake.Submission) ([]journey.Answer, error) {
	return h.steps("check", b)
}
func (h *house) Withdraw(_ context.Context, b []intake.Submission) ([]journey.Answer, error) {
	return h.steps("withdraw", b)
}
func (h *house) Correct(_ context.Context, b []journey.CorrectionSubmission) ([]journey.Answer, error) {
	return h.steps("correct "+string(b[0].Correction), []intake.Submission{b[0].Submission})
}
func (h *house) Evidence(_ context.Context, v gateway.Visit, id gateway.ReportID, withdrawal bool) (journey.Evidence, error) {
	name := "evidence "
	if withdrawal {
		name = "evidence of withdrawal "
	}
	h.call(name + string(id) + " " + string(v.Peer.OIN()))
	return journey.Evidence{Receipt: gateway.Compact(jws), Entry: 8}, h.err
}
func (h *house) Prove(_ context.Context, index int64) ([]byte, []byte, error) {
	if index != 7 {
		h.t.Errorf("leaf %d asked for entry 8", index)
	}
	return []byte("c2sp.org/tlog-proof@v1\n"), h.leaf, h.proveErr
}
func (h *house) Accept(_ context.Context, b []feedback.Submission) ([]feedback.Answer, error) {
	h.call("feedback")
	h.said = append(h.said, b...)
	return []feedback.Answer{{Receipt: h.answer.Receipt, Replayed: h.answer.Replayed, Err: h.answer.Err}}, h.err
}
func (h *house) JWKS(context.Context) ([]byte, error) {
	return []byte(`{"keys":[{"kty":"EC","kid":"x","use":"sig"}]}`), h.err
}

func (h *house) OpenPGP(context.Context) ([]byte, error) { return []byte(h.pgp), h.err }

// Receive takes the file whole, as the desk does.
func (h *house) Receive(_ context.Context, s batch.Submission, body io.Reader) (batch.Record, bool, error) {
	h.call("receive " + string(s.ID) + " " + string(s.Layout) + " " + string(s.Envelope) + " " + strconv.FormatBool(s.Check))
	n, err := io.Copy(io.Discard, body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.took += n
	h.files = append(h.files, s)
	if err != nil {
		return batch.Record{}, false, err
	}
	return h.record, false, h.err
}
func (h *house) Status(_ context.Context, v gateway.Visit, id gateway.BatchID) (batch.Record, error) {
	h.call("status " + string(id) + " " + string(v.Peer.OIN()))
	return h.record, h.err
}
func (h *house) Outcomes(_ context.Context, v gateway.Visit, id gateway.BatchID, w io.Writer) error {
	h.call("outcomes " + string(id) + " " + string(v.Peer.OIN()))
	for i, line := range h.outcomes {
		if h.breakAt > 0 && i == h.breakAt {
			return io.ErrUnexpectedEOF
		}
		if _, err := io.WriteString(w, line+"\n"); err != nil {
			return err
		}
	}
	return h.err
}

type mailboxFake struct{ *house }

func (m mailboxFake) List(_ context.Context, _ gateway.Visit, after int64, limit int) ([]gateway.Signal, error) {
	m.call("signals " + itoa(after) + " " + itoa(int64(limit)))
	return m.house.signals, m.err
}
func (m mailboxFake) Fetch(_ context.Context, _ gateway.Visit, id gateway.SignalID) (gateway.Signal, []byte, error) {
	m.call("fetch " + string(id))
	return gateway.Signal{ID: id, Digest: gateway.DigestOf([]byte(jwe))}, m.body, m.err
}
func (m mailboxFake) Delivered(_ context.Context, _ gateway.Visit, id gateway.SignalID) error {
	m.call("delivered " + string(id))
	return m.err
}
func (m mailboxFake) Confirm(_ context.Context, _ gateway.Visit, id gateway.SignalID) (time.Time, error) {
	m.call("confirm " + string(id))
	return noon, m.err
}

type noticesFake struct{ *house }

func (n noticesFake) Await(ctx context.Context, _ gateway.OIN, after int64, patience time.Duration) {
	n.call("await " + itoa(after) + " " + patience.String())
	if n.onNotices != nil {
		n.onNotices(ctx, patience)
	}
}
func (n noticesFake) List(_ context.Context, v gateway.Visit, after int64, limit int, wait time.Duration) ([]feedback.Delivered, error) {
	n.call("notices " + itoa(after) + " " + itoa(int64(limit)) + " " + wait.String())
	n.listed = append(n.listed, v.At)
	return n.house.notices, n.err
}
func (n noticesFake) Confirm(_ context.Context, _ gateway.Visit, id gateway.NoticeID, p gateway.NoticeProgress, _ []gateway.Agent) (time.Time, error) {
	n.call("confirm " + string(id) + " " + string(p))
	return noon, n.err
}

type pausesFake struct{ *house }

func (p pausesFake) State(_ context.Context, v gateway.Visit, id gateway.PauseID) (gateway.Compact, error) {
	p.call("pause " + string(id) + " " + string(v.Peer.Party().Kind))
	return gateway.Compact(jws), p.err
}
func (p pausesFake) List(_ context.Context, v gateway.Visit, after gateway.PauseID, limit int) ([]pause.Listed, error) {
	p.call("pauses " + string(after) + " " + itoa(int64(limit)) + " " + string(v.Peer.Party().Kind))
	day := gateway.DateOf(noon)
	s := pause.Standing{Pause: gateway.Pause{ID: idB, Step: 3, From: day, Until: day.AddDays(9), Review: day.AddDays(2)}, Signal: idA, ReportID: idB,
		Municipality: gateway.Party{Municipality: "GM0268"}, State: gateway.PauseRuns, Contested: true, AnswerBy: day.AddDays(7)}
	return []pause.Listed{{Standing: s, Alarms: []pause.OpenAlarm{{Kind: gateway.NoticePauseNotApplied, Term: gateway.TermWorkingDays, Since: noon}}}}, p.err
}
func (p pausesFake) Accept(_ context.Context, s []pause.Submission) ([]pause.Answer, error) {
	p.call("change " + string(s[0].Pause) + " " + string(s[0].ID))
	return []pause.Answer{{Receipt: p.answer.Receipt, Replayed: p.answer.Replayed, Err: p.answer.Err}}, p.err
}

func (h *house) Ageing(_ context.Context, v gateway.Visit) (clocks.Ageing, error) {
	h.call("ageing " + string(v.Peer.Party().Municipality))
	return clocks.Ageing{Counts: []clocks.AgeCount{{Class: clocks.Older, Kind: gateway.ReportWater, Count: 3, Uncollected: 1}},
		Oldest: []clocks.AgedSignal{{UnansweredSignal: clocks.UnansweredSignal{ID: idA, Kind: gateway.ReportWater, On: gateway.DateOf(noon)}, Class: clocks.Older}}}, h.err
}

type deletionsFake struct{ *house }

func (d deletionsFake) List(_ context.Context, v gateway.Visit, after int64, limit int) ([]retention.Filed, error) {
	d.call("deletions " + itoa(after) + " " + itoa(int64(limit)) + " " + string(v.Peer.OIN()))
	return []retention.Filed{{Sequence: 6, ID: idB, Kind: retention.KindBody, Reason: retention.ReasonTerm, Count: 3, Receipt: gateway.Compact(jws)}}, d.err
}
func (d deletionsFake) Receipt(_ context.Context, v gateway.Visit, id gateway.UUID) (retention.Filed, error) {
	d.call("deletion " + string(id) + " " + string(v.Peer.OIN()))
	return retention.Filed{ID: id, Receipt: gateway.Compact(jws), Entry: 8}, d.err
}

type logbookFake struct{ *house }

func (l logbookFake) Read(_ context.Context, v gateway.Visit, q logbook.Question) ([]logbook.Row, error) {
	l.call("processing " + q.Trace + " " + string(v.Peer.OIN()))
	l.asked = q
	return []logbook.Row{{Trace: "4bf92f3577b34da6a3ce929d0e0e4736", Span: "00f067aa0ba902b7", Parent: "1122334455667788", Status: logbook.StatusOk, Name: "Iets.", Start: noon, End: noon.Add(time.Second),
		Service: "seinhuis", Version: "1", Attributes: []logbook.Attribute{{Key: "dpl.core.processing_activity_id", Text: "https://seinhuis.example/v1/verwerkingsactiviteiten/incassopauze"},
			{Key: "seinhuis.codes", List: []string{"a", "b"}}, {Key: "seinhuis.regel", Number: 7}}}}, l.err
}

func (l logbookFake) Describe(a logbook.Activity) (logbook.Described, bool) {
	return logbook.Described{ID: a, URI: "https://seinhuis.example/v1/verwerkingsactiviteiten/" + string(a), Name: "n", Basis: "g", Categories: []string{"s"}}, a == logbook.ActivityPause
}

func newHouse(t testing.TB, o Options) *house {
	t.Helper()
	h := &house{t: t, answer: journey.Answer{Receipt: gateway.Compact(jws)}, body: []byte(jwe), metrics: NewMetrics(), leaf: []byte("leaf"), pgp: "openpgp",
		record:   batch.Record{Key: batch.Key{Creditor: energy, ID: idA}, Layout: batch.LayoutCSV, Envelope: batch.EnvelopeJOSE, State: batch.Received, Size: 24, ReceivedAt: noon},
		outcomes: []string{`{"regel":1,"uitkomst":"geaccepteerd"}`, `{"regel":2,"uitkomst":"dubbel"}`}}
	o.Metrics = h.metrics
	var err error
	h.handler, err = New(h.services(), o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) services() Services {
	return Services{Peers: h, Journey: h, Batches: h, Mailbox: mailboxFake{h}, Feedback: h, Notices: noticesFake{h}, Pauses: pausesFake{h}, Deletions: deletionsFake{h}, Ageing: h, Logbook: logbookFake{h}, Log: h, Keys: h,
		Clock: func() time.Time { return noon }, Health: func(context.Context) error { return h.healthErr },
		AccessRefused: func(_ context.Context, code gateway.Code, _ string, _ time.Time, _ gateway.Trace) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.refused = append(h.refused, code)
			return nil
		}}
}

// ask is one request of a test.
type ask struct {
	method, path, body, as string
	header                 [][2]string
}

func put(path, mediaType, body, as string) ask {
	return ask{"PUT", path, body, as, [][2]string{{"Content-Type", mediaType}}}
}

func get(path, as string) ask { return ask{method: "GET", path: path, as: as} }

func (a ask) request(t testing.TB) *http.Request {
	t.Helper()
	var body io.Reader
	if a.body != "" {
		body = strings.NewReader(a.body)
	}
	r := httptest.NewRequest(a.method, a.path, body)
	r.TLS = &tls.ConnectionState{ServerName: a.as}
	for _, h := range a.header {
		r.Header.Add(h[0], h[1])
	}
	return r
}

// do sends the request and holds the answer to the contract and to the headers
// that stand on every answer.
func (h *house) do(a ask) *httptest.ResponseRecorder {
	h.t.Helper()
	w, r := httptest.NewRecorder(), a.request(h.t)
	h.handler.ServeHTTP(w, r)
	checkHeaders(h.t, w)
	checkContract(h.t, a, w)
	return w
}

// traceparent is its shape. gateway.ParseTraceparent also refuses one true trace
// id in some thousand, which a test that asks much would meet.
var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`)

func checkHeaders(t testing.TB, w *httptest.ResponseRecorder) {
	t.Helper()
	for name, want := range map[string]string{
		"API-Version": APIVersion, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("header %s is %q", name, got)
		}
	}
	if !traceparent.MatchString(w.Header().Get("traceparent")) || w.Header().Get("Content-Type") == "" {
		t.Errorf("traceparent %q, content type %q", w.Header().Get("traceparent"), w.Header().Get("Content-Type"))
	}
}

// document reads the contract once.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	text := func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		b, err := io.ReadAll(body)
		return string(b), err
	}
	openapi3filter.RegisterBodyDecoder("application/jose", text)
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", text)
	openapi3filter.RegisterBodyDecoder("application/pgp-keys", text)
	openapi3filter.RegisterBodyDecoder("application/jwk-set+json", openapi3filter.JSONBodyDecoder)
	doc, err := openapi3.NewLoader().LoadFromData(docs.OpenAPI())
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: base}}
	return doc, nil
})

var finder = sync.OnceValues(func() (routers.Router, error) {
	doc, err := document()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

func checkContract(t testing.TB, a ask, w *httptest.ResponseRecorder) {
	t.Helper()
	router, err := finder()
	if err != nil {
		t.Fatal(err)
	}
	r := a.request(t)
	route, params, err := router.FindRoute(r)
	if err != nil || strings.Contains(r.URL.EscapedPath(), "%") { // no such operation: then only a problem will do
		if w.Code != 404 && w.Code != 405 || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: answer %d to what the contract does not know", a.method, w.Code)
		}
		return
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(strings.NewReader(w.Body.String())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		t.Errorf("%s %s: answer %d is not as the contract says: %v", a.method, a.path, w.Code, err)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
