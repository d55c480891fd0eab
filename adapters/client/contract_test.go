// SPDX-License-Identifier: EUPL-1.2

package client_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/goccy/go-yaml"

	"github.com/seinhuis/seinhuis/adapters/client"
	"github.com/seinhuis/seinhuis/adapters/client/clienttest"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/pause"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// members lists the JSON members of a struct with their paths.
func members(t reflect.Type, at string, into map[string]bool) map[string]bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return into
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		into[at+"/"+name] = true
		members(f.Type, at+"/"+name, into)
	}
	return into
}

// The participants' types stand apart from the gateway's, which redact
// themselves; this holds them equal on the wire.
func TestSameContract(t *testing.T) {
	for _, pair := range [][2]any{
		{client.Report{}, gateway.Report{}},
		{client.Content{}, seal.Content{}},
		{client.Receipt{}, gateway.Receipt{}},
		{client.PauseStatement{}, pause.Statement{}},
	} {
		ours := slices.Sorted(maps.Keys(members(reflect.TypeOf(pair[0]), "", map[string]bool{})))
		theirs := slices.Sorted(maps.Keys(members(reflect.TypeOf(pair[1]), "", map[string]bool{})))
		if !slices.Equal(ours, theirs) {
			t.Errorf("%T:\n%v\n%T:\n%v", pair[0], ours, pair[1], theirs)
		}
	}
	var reasons []string
	for _, r := range journey.WithdrawalReasons() {
		reasons = append(reasons, string(r))
	}
	var ours []string
	for _, r := range client.WithdrawalReasons() {
		ours = append(ours, string(r))
	}
	if !slices.Equal(ours, reasons) {
		t.Errorf("reasons %v, want %v", ours, reasons)
	}
	samePauseChanges(t)
}

// samePauseChanges holds the kinds of changes and their reasons equal.
func samePauseChanges(t *testing.T) {
	var ours, theirs []pause.ChangeKind
	for _, k := range client.PauseChangeKinds() {
		ours = append(ours, pause.ChangeKind(k))
	}
	theirs = pause.ChangeKinds()
	if !slices.Equal(ours, theirs) {
		t.Errorf("kinds of changes %v, want %v", ours, theirs)
	}
	for _, k := range theirs {
		if got := client.PauseChangeKind(k).Reasons(); !slices.Equal(got, k.Reasons()) {
			t.Errorf("reasons of %s: %v, want %v", k, got, k.Reasons())
		}
	}
}

// TestSignalIsTheDocument holds what a municipality reads of its mailbox equal
// to the API description; a test of the door holds the description equal to
// what the door writes.
func TestSignalIsTheDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Schemas map[string]schema
		}
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]any{"Signaal": client.Signal{}, "Ontvangst": client.Confirmation{}, "Bevestigd": client.NoticeConfirmation{},
		"Pauzewijziging": client.PauseChange{}, "Pauzestand": client.ListedPause{}, "Pauzealarm": client.PauseAlarm{}} {
		there := doc.Components.Schemas[name]
		if len(there.Properties) == 0 {
			t.Errorf("openapi.yaml has no %s", name)
		}
		for _, member := range there.Properties {
			if member.Items != nil && member.Items.Ref != "" {
				*member.Items = doc.Components.Schemas[strings.TrimPrefix(member.Items.Ref, "#/components/schemas/")]
			}
		}
		ours := slices.Sorted(maps.Keys(members(reflect.TypeOf(row), "", map[string]bool{})))
		theirs := slices.Sorted(maps.Keys(there.members("", map[string]bool{})))
		if !slices.Equal(ours, theirs) {
			t.Errorf("%s:\n%v\n%T:\n%v", name, theirs, row, ours)
		}
	}
}

// schema is what of an OpenAPI schema names members.
type schema struct {
	Ref        string `yaml:"$ref"`
	Properties map[string]schema
	Items      *schema
}

func (s schema) members(at string, into map[string]bool) map[string]bool {
	for name, member := range s.Properties {
		into[at+"/"+name] = true
		member.members(at+"/"+name, into)
		if member.Items != nil {
			member.Items.members(at+"/"+name, into)
		}
	}
	return into
}

func TestPrepareJSON(t *testing.T) {
	const id = `"meldingId":"01932b1c-0000-7000-8000-000000000001"`
	tests := map[string]struct {
		in   string
		want string // prefix and suffix around what is added; empty: refused
	}{
		"complete":       {" {" + id + `,"zout":"AAAAAAAAAAAAAAAAAAAAAA"}` + "\n", "{" + id + `,"zout":"AAAAAAAAAAAAAAAAAAAAAA"}`},
		"without salt":   {"{" + id + "}", `{"zout":"…",` + id + "}"},
		"without both":   {`{"soort":"Water"}`, `{"meldingId":"…","zout":"…","soort":"Water"}`},
		"empty object":   {`{ }`, `{"meldingId":"…","zout":"…" }`},
		"unknown member": {`{"bsn":"x",` + id + `,"zout":null}`, `{"bsn":"x",` + id + `,"zout":null}`}, // for the gateway to refuse
		"doubled member": {"{" + id + "," + id + "}", ""},
		"doubled inside": {"{" + id + `,"adres":{"postcode":"a","postcode":"b"}}`, ""},
		"no UTF-8":       {"{" + id + ",\"persoon\":\"\xff\"}", ""},
		"two values":     {"{" + id + "}{}", ""},
		"array":          {"[]", ""},
		"id null":        {`{"meldingId":null}`, ""},
		"id no UUID":     {`{"meldingId":"../x"}`, ""},
		"nothing":        {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := client.PrepareJSON([]byte(tt.in))
			if tt.want == "" {
				mustFail(t, err, client.ErrInput)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var made struct {
				ID   string `json:"meldingId"`
				Salt string `json:"zout"`
			}
			if err := json.Unmarshal(m.Payload(), &made); err != nil || string(m.ID()) != made.ID {
				t.Fatalf("payload: %v", err)
			}
			want := tt.want
			for _, v := range []string{made.ID, made.Salt} {
				if !strings.Contains(tt.in, v) || v == "" {
					want = strings.Replace(want, "…", v, 1)
				}
			}
			if got := string(m.Payload()); got != want {
				t.Errorf("payload %s, want %s", got, want)
			}
			if again, err := client.PrepareJSON(m.Payload()); err != nil || again.Digest() != m.Digest() {
				t.Errorf("preparing again changes it: %v", err)
			}
		})
	}
}

func TestRedacted(t *testing.T) {
	r := report()
	r.Contact.Email = "testpersoon@example.nl"
	m, _ := client.Prepare(r)
	var c client.Content
	if err := json.Unmarshal([]byte(content), &c); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{r, &r, m, c, &c, c.Report, r.Person, r.Address, r.Contact, client.Opened{Content: c, JSON: []byte(content)}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			text := strings.ToLower(fmt.Sprintf(verb, v))
			if strings.Contains(text, "testpersoon") || strings.Contains(text, "6511ab") || strings.Contains(text, "54657374706572736f6f6e") {
				t.Errorf("%T with %s shows a person", v, verb)
			}
		}
	}
}

func TestFolderRefusals(t *testing.T) {
	g := clienttest.New(t)
	tests := map[string]struct {
		spoil func(dir string) error
		names string
	}{
		"no party":      {func(d string) error { return os.Remove(filepath.Join(d, "party.json")) }, "party.json"},
		"no roots":      {func(d string) error { return os.WriteFile(filepath.Join(d, "ca.pem"), nil, 0o644) }, "ca.pem"},
		"no encryption": {func(d string) error { return os.Remove(filepath.Join(d, "encryption.jwk")) }, "encryption.jwk"},
		"bad key":       {func(d string) error { return os.WriteFile(filepath.Join(d, "signing.jwk"), []byte("{}"), 0o600) }, "signing.jwk"},
		"open key":      {func(d string) error { return os.Chmod(filepath.Join(d, "tls.key"), 0o644) }, "tls.key"},
		"http":          {func(d string) error { return replace(filepath.Join(d, "party.json"), "https:", "http:") }, "https"},
		"with a path": {func(d string) error {
			return replace(filepath.Join(d, "party.json"), `","gatewayOin`, `/v2","gatewayOin`)
		}, "https"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if name == "open key" && runtime.GOOS == "windows" {
				t.Skip("no file modes")
			}
			dir := g.Municipal(t)
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Open(dir); err == nil || !strings.Contains(err.Error(), tt.names) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func replace(file, old, new string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.ReplaceAll(string(data), old, new)), 0o600)
}
