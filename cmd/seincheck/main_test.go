// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// stage is a directory with everything that someone who verifies might hold.
type stage struct {
	dir, key string
	seq      *audit.Sequencer
	tiles    *audit.MemoryTiles
	rows     *audit.MemoryRows
}

func newStage(t *testing.T) *stage {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, key, err := audit.NewNoteSigner(gatewaytest.AuditOrigin, private)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{dir: t.TempDir(), key: key, tiles: new(audit.MemoryTiles), rows: new(audit.MemoryRows)}
	s.seq, err = audit.NewSequencer(audit.Config{Rows: s.rows, Tiles: s.tiles, Heads: new(audit.MemoryHeads), Signer: signer, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// publish adds leaves, and writes the log to the directory log and to log.zip.
func (s *stage) publish(t *testing.T, leaves ...[]byte) {
	t.Helper()
	_ = s.rows.Append(t.Context(), leaves...)
	if _, err := s.seq.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for path, data := range s.tiles.Files() {
		s.file(t, filepath.Join("log", path), data)
		w, err := z.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s.file(t, "log.zip", archive.Bytes())
}

// file writes a file below the stage, and gives its path.
func (s *stage) file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// check runs the command; words that name a file of the stage become its path.
func (s *stage) check(t *testing.T, want int, words ...string) string {
	t.Helper()
	for i, w := range words {
		if _, err := os.Stat(filepath.Join(s.dir, w)); err == nil && i > 0 {
			words[i] = filepath.Join(s.dir, w)
		}
	}
	var out, errs bytes.Buffer
	if got := run(words, &out, &errs); got != want {
		t.Errorf("%v: exit %d, not %d\n%s%s", words, got, want, &out, &errs)
	}
	return out.String() + errs.String()
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %q in\n%s", p, text)
		}
	}
}

func leaves(t *testing.T, from, to int) (out [][]byte) {
	for n := from; n < to; n++ {
		out = append(out, gatewaytest.AuditLeaf(t, n))
	}
	return out
}

func TestLog(t *testing.T) {
	s := newStage(t)
	s.publish(t, leaves(t, 0, 300)...)
	s.file(t, "keys.txt", []byte("# the log\n\n"+s.key+"\n"))
	for _, words := range [][]string{
		{"log", "log", "--key", s.key}, {"log", "--key-file", "keys.txt", "log.zip"}, {"log", "log", "--key", s.key, "--origin", gatewaytest.AuditOrigin},
	} {
		contains(t, s.check(t, exitOK, words...), "300 under the checkpoint, 300 recomputed", "result    OK")
	}
	s.check(t, exitUsage, "log", "log")
	s.check(t, exitFailed, "log", "log", "--key", s.key, "--origin", "elsewhere")
	s.check(t, exitFailed, "log", "log", "--key", newStage(t).key)

	bundle := filepath.Join(s.dir, "log", proof.EntriesPath(0, 256))
	data, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	data[bytes.Index(data, leaves(t, 56, 57)[0])+20] ^= 1
	s.file(t, filepath.Join("log", proof.EntriesPath(0, 256)), data)
	contains(t, s.check(t, exitFailed, "log", "log", "--key", s.key), "FAILED", "entry 57 of 300 does not match its hash")
	var doc struct {
		OK  bool
		Log proof.Report
	}
	if err := json.Unmarshal([]byte(s.check(t, exitFailed, "log", "log", "--json", "--key", s.key)), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OK || len(doc.Log.Findings) != 1 || doc.Log.Findings[0].Index != 56 {
		t.Errorf("%+v", doc)
	}
}

// A key that comes with the log is used only when there is no other, and the output says what that is worth.
func TestKeyInsideLog(t *testing.T) {
	s := newStage(t)
	s.publish(t, leaves(t, 0, 3)...)
	s.file(t, "log/verifier.txt", []byte(s.key+"\n"))
	contains(t, s.check(t, exitOK, "log", "log"), "WARNING", "found inside the log itself", "result    OK")
	s.file(t, "log/verifier.txt", []byte(newStage(t).key+"\n"))
	if out := s.check(t, exitOK, "log", "log", "--key", s.key); strings.Contains(out, "WARNING") {
		t.Error(out)
	}
}

func TestConsistency(t *testing.T) {
	s := newStage(t)
	s.publish(t, leaves(t, 0, 100)...)
	s.file(t, "kept", s.tiles.Files()[proof.CheckpointPath])
	s.publish(t, leaves(t, 100, 300)...)
	contains(t, s.check(t, exitOK, "consistency", "kept", "log.zip", "--key", s.key), "the first 100 entries are those")
	s.file(t, "later", s.tiles.Files()[proof.CheckpointPath])
	contains(t, s.check(t, exitUsage, "consistency", "absent", "log", "--key", s.key), "no such file")
	s.file(t, "log/checkpoint", []byte("nothing"))
	s.check(t, exitFailed, "consistency", "kept", "log", "--key", s.key)
}

// signed makes a receipt with the claims, and its key set.
func signed(t *testing.T, header, claims string) (jws, jwks string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	jwks = fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","kid":"a","alg":"ES256","x":"%s","y":"%s"}]}`, b64(point[1:33]), b64(point[33:]))
	jws = b64([]byte(header)) + "." + b64([]byte(claims))
	sum := sha256.Sum256([]byte(jws))
	r, v, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return jws + "." + b64(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...)), jwks
}

// receiptOf makes a signed receipt, its key set, and the leaf of the act that issued it.
func receiptOf(t *testing.T) (jws, jwks string, leaf []byte) {
	t.Helper()
	jws, jwks = signed(t, `{"alg":"ES256","kid":"a"}`, "{\"meldingId\":\"x\",\"steer\":\"\u009b2J\"}")
	by := audit.By{Actor: "00000003123456780000", Role: audit.Creditor, Origin: audit.Local, Trace: gatewaytest.Trace(1)}
	e, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, by.Actor, "0190a7c3-5b1e-7c60-9a3e-4f5d6c7b8a90"),
		time.Unix(0, 0), audit.Receipt(jws))
	if err != nil {
		t.Fatal(err)
	}
	return jws, jwks, e.Leaf()
}

func TestReceipt(t *testing.T) {
	s := newStage(t)
	jws, jwks, leaf := receiptOf(t)
	s.publish(t, append(leaves(t, 0, 56), leaf)...)
	text, _, err := s.seq.Prove(t.Context(), 56)
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := proof.NewEvidence(jws, leaf, string(text)).Encode()
	pending, _ := proof.NewEvidence(jws, nil, "").Encode()
	s.file(t, "receipt.jws", []byte(jws+"\n"))
	s.file(t, "evidence.json", doc)
	s.file(t, "pending.json", pending)
	s.file(t, "jwks.json", []byte(jwks))

	contains(t, s.check(t, exitOK, "receipt", "receipt.jws", "--keys", "jwks.json"), "by key a is good", "log       not checked", "?2J")
	contains(t, s.check(t, exitOK, "receipt", "pending.json", "--keys", "jwks.json"), "not checked")
	recorded := []string{"entry 57 of 57", "melding-ontvangen", "result    OK"}
	contains(t, s.check(t, exitOK, "receipt", "evidence.json", "--keys", "jwks.json", "--key", s.key), recorded...)
	contains(t, s.check(t, exitOK, "receipt", "receipt.jws", "--keys", "jwks.json", "--log", "log", "--key", s.key), recorded...)
	s.check(t, exitUsage, "receipt", "evidence.json", "--keys", "jwks.json") // a proof needs the log's key
	s.check(t, exitUsage, "receipt", "receipt.jws")
	s.check(t, exitFailed, "receipt", "evidence.json", "--keys", "jwks.json", "--key", newStage(t).key)
	s.check(t, exitFailed, "receipt", "evidence.json", "--keys", "jwks.json", "--key", s.key, "--origin", "elsewhere")

	other, otherKeys, _ := receiptOf(t)
	s.file(t, "other.jws", []byte(other))
	s.file(t, "other.jwks", []byte(otherKeys))
	s.check(t, exitFailed, "receipt", "other.jws", "--keys", "jwks.json")
	contains(t, s.check(t, exitFailed, "receipt", "other.jws", "--keys", "other.jwks", "--log", "log", "--key", s.key), "no entry of the log names this receipt")
	s.file(t, "evidence.json", bytes.Replace(doc, []byte(`index 56`), []byte(`index 55`), 1))
	contains(t, s.check(t, exitFailed, "receipt", "evidence.json", "--keys", "jwks.json", "--key", s.key), "is good", "FAILED")
}

func TestDeletion(t *testing.T) {
	s := newStage(t)
	const name, other = "signaal/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e11/inhoud", "signaal/0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e22/inhoud"
	const header = `{"alg":"ES256","kid":"a","typ":"verwijderingsbewijs+jwt"}`
	claims := `{"iss":"00000099000000001000","aud":"00000099000000220001","jti":"0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e33","gewistOp":"2026-12-03T00:00:01Z",` +
		`"reden":"termijn","soort":"inhoud","gemeente":"GM0268","aantal":1,"objecten":["` + proof.ReceiptDigest(name) + `"],"spoor":"4bf92f3577b34da6a3ce929d0e0e4736"}`
	jws, jwks := signed(t, header, claims)
	by := audit.By{Actor: audit.ActorGateway, Role: audit.Gateway, Origin: audit.Local, Trace: gatewaytest.Trace(2)}
	leaf := func(count int) []byte {
		e, err := audit.New(audit.DataErased, by, audit.Object(audit.KindDeletion, "00000099000000220001", "0192a0c2-7b1e-7c55-9d3a-5b1f0a7c1e33"),
			time.Unix(0, 0), audit.Receipt(jws), audit.Count(count))
		if err != nil {
			t.Fatal(err)
		}
		return e.Leaf()
	}
	s.publish(t, append(leaves(t, 0, 5), leaf(1))...)
	text, right, err := s.seq.Prove(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := proof.NewEvidence(jws, right, string(text)).Encode()
	s.file(t, "deletion.jws", []byte(jws))
	s.file(t, "evidence.json", doc)
	s.file(t, "jwks.json", []byte(jwks))
	good := []string{"1 of inhoud at 2026-12-03T00:00:01Z, because of termijn", name + " is among them", "result    OK"}
	contains(t, s.check(t, exitOK, "deletion", "deletion.jws", "--keys", "jwks.json", "--object", name), good...)
	for _, words := range [][]string{
		{"deletion", "deletion.jws", "--keys", "jwks.json", "--object", name, "--log", "log.zip", "--key", s.key},
		{"deletion", "evidence.json", "--keys", "jwks.json", "--object", name, "--key", s.key},
	} {
		contains(t, s.check(t, exitOK, words...), append(good, "entry 6 of 6", "gegevens-gewist")...)
	}
	contains(t, s.check(t, exitFailed, "deletion", "deletion.jws", "--keys", "jwks.json", "--object", name, "--object", other), other+" is NOT among them", "FAILED")
	s.check(t, exitUsage, "deletion", "deletion.jws")

	report, reportKeys, _ := receiptOf(t)
	s.file(t, "report.jws", []byte(report))
	s.file(t, "report.jwks", []byte(reportKeys))
	contains(t, s.check(t, exitFailed, "deletion", "report.jws", "--keys", "report.jwks"), "evidence of something else")
	s.check(t, exitFailed, "deletion", "report.jws", "--keys", "jwks.json")

	wrong := newStage(t) // a log that tells of more than the receipt does
	wrong.publish(t, leaf(2))
	wrong.file(t, "deletion.jws", []byte(jws))
	wrong.file(t, "jwks.json", []byte(jwks))
	contains(t, wrong.check(t, exitFailed, "deletion", "deletion.jws", "--keys", "jwks.json", "--log", "log", "--key", wrong.key), "not that of this deletion")
	empty := newStage(t)
	empty.publish(t, leaves(t, 0, 3)...)
	empty.file(t, "deletion.jws", []byte(jws))
	empty.file(t, "jwks.json", []byte(jwks))
	contains(t, empty.check(t, exitFailed, "deletion", "deletion.jws", "--keys", "jwks.json", "--log", "log", "--key", empty.key), "no entry of the log names this receipt")
}

func TestUsage(t *testing.T) {
	s := newStage(t)
	for _, words := range [][]string{{"--help"}, {"help"}, {"log", "--help"}} {
		contains(t, s.check(t, exitOK, words...), "Exit codes")
	}
	for _, words := range [][]string{{}, {"frobnicate"}, {"log"}, {"log", "a", "b"}, {"log", "--no-such-flag", "x"}, {"log", "absent", "--key", s.key}, {"log", "x", "--key", "y"}} {
		s.check(t, exitUsage, words...)
	}
	s.file(t, "file.txt", []byte("not a zip"))
	s.check(t, exitUsage, "log", "file.txt", "--key", s.key)
}

// Whoever verifies need not trust the code that wrote: this command and package proof import nothing else of this module.
func TestImports(t *testing.T) {
	const module = "github.com/seinhuis/seinhuis/"
	for dir, allowed := range map[string][]string{
		".":                         {module + "gateway/audit/proof"},
		"../../gateway/audit/proof": {"golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog", "github.com/go-json-experiment/json", "github.com/go-json-experiment/json/jsontext"},
	} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) < 4 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				path, _ := strconv.Unquote(i.Path.Value)
				if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") && !slices.Contains(allowed, path) {
					t.Errorf("%s imports %s", name, path)
				}
				if strings.HasPrefix(path, "net") {
					t.Errorf("%s imports %s: it has no use for a network", name, path)
				}
			}
		}
	}
}
