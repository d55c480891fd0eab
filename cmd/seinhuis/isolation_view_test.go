// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// view is everything that a creditor saw of a play.
type view struct{ sights []*sight }

// sight is one answer.
type sight struct {
	step   step
	number int
	asked  string
	status int
	header http.Header
	body   []byte
	took   time.Duration // by the clock of the bubble: only waiting takes any
}

// lines are the answers as text, in which only that differs between two plays
// which may. Each rule has its reason; there is no other.
func (v *view) lines() []string {
	n := names{}
	all := make([]string, len(v.sights))
	for i, g := range v.sights {
		all[i] = fmt.Sprintf("%s\n     %s: %d after %s\n     %s\n     %s", g.step, g.asked, g.status, g.took, g.headers(), n.body(g))
	}
	return all
}

// names gives the ids of the gateway's own making a name by their first
// appearance. The random part of such an id is the gateway's; its moment is
// kept and compared, and so is what it says of which things are the same.
type names map[string]string

var (
	reUUID     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	reCompact  = regexp.MustCompile(`(eyJ[\w-]+)\.([\w-]+)\.([\w-]+)`)
	reOutcomes = regexp.MustCompile(`"sha256Uitkomsten":"[0-9a-f]{64}"`)
	reLeaf     = regexp.MustCompile(`"vermelding":"([^"]*)"`)
	reProof    = regexp.MustCompile(`"bewijs":"[^"]*"`)
	reReport   = regexp.MustCompile(`"meldingId":"[0-9a-f-]{36}"`)
	reRecorded = regexp.MustCompile(`"ontvangstbewijs":"[0-9a-f]{64}"`)
)

func (n names) body(g *sight) string {
	text := string(g.body)
	// Pauses come in the order of their ids, which is random within one
	// millisecond: they are put in the order of reports. The place in the list is
	// the id of the last one, which stands there.
	var list struct {
		Pauses []json.RawMessage `json:"pauzes"`
	}
	if strings.HasSuffix(g.asked, "/pauzes?maximum=500") && json.Unmarshal(g.body, &list) == nil {
		slices.SortFunc(list.Pauses, func(a, b json.RawMessage) int { return bytes.Compare(reReport.Find(a), reReport.Find(b)) })
		text = fmt.Sprintf("pauses %s", list.Pauses)
	}
	// A signature is random by design (ECDSA): its length is compared. What it
	// signs is compared as text.
	text = reCompact.ReplaceAllStringFunc(text, func(compact string) string {
		parts := strings.Split(compact, ".")
		return fmt.Sprintf("%s %s signature of %d", plain(parts[0]), plain(parts[1]), len(parts[2]))
	})
	// The outcomes of a file hold receipts, and so signatures: its digest is
	// random. The outcomes themselves are compared.
	text = reOutcomes.ReplaceAllString(text, `"sha256Uitkomsten":"…"`)
	// The entry of the log is compared, but for the digest of a receipt with its
	// signature. The proof says how large the log is: the accepted exception
	// to I8 (docs/threat-model.md, part 4).
	text = reLeaf.ReplaceAllStringFunc(text, func(leaf string) string { return plain(reLeaf.FindStringSubmatch(leaf)[1]) })
	text = reRecorded.ReplaceAllString(text, `"ontvangstbewijs":"…"`)
	text = reProof.ReplaceAllString(text, `"bewijs":"…"`)
	return reUUID.ReplaceAllStringFunc(text, func(id string) string {
		if n[id] == "" {
			n[id] = fmt.Sprintf("%s-id-%d", id[:13], len(n)+1)
		}
		return n[id]
	})
}

func plain(encoded string) string {
	for _, e := range []*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding} {
		if text, err := e.DecodeString(encoded); err == nil {
			return string(text)
		}
	}
	return encoded
}

// headers are all of them but for the span of our side, which is random, and,
// of evidence, the length, in which the size of the log shows.
func (g *sight) headers() string {
	var all []string
	for name, values := range g.header {
		switch {
		case name == "Traceparent":
			values = []string{values[0][:35]}
		case name == "Content-Length" && strings.HasSuffix(g.asked, "/bewijs"):
			continue
		}
		all = append(all, name+": "+strings.Join(values, ", "))
	}
	slices.Sort(all)
	return strings.Join(all, " | ")
}
