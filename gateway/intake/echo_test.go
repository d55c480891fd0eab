// SPDX-License-Identifier: EUPL-1.2

package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

const mark = "Zwartebloem"

// faults are payloads that all hold the mark, each wrong in another way.
func faults(t *testing.T) map[string][]byte {
	all := map[string][]byte{
		"no JSON": []byte(mark), "half": []byte(`{"meldingId":"` + mark), "name": encode(with("/"+mark, "x")),
		"duplicate name":     []byte(`{"` + mark + `":1,"` + mark + `":2}`),
		"duplicate value":    []byte(`{"soort":"` + mark + `","soort":"` + mark + `"}`),
		"number":             replaced(t, full(), "45000", mark),
		"nested name":        encode(with("/persoon/"+mark, mark)),
		"invalid UTF-8":      []byte(`{"` + mark + "\xff" + `":"` + mark + "\xff" + `"}`),
		"surrogate":          []byte(`{"soort":"` + mark + `\ud800"}`),
		"escape":             []byte(`{"soort":"` + mark + `\q"}`),
		"deep":               []byte(`{"` + mark + `":` + strings.Repeat(`{"`+mark+`":`, 20)),
		"reminders":          encode(with("/inspanningen/herinneringen", []any{mark, object{mark: mark}, []any{mark}})),
		"name with a slash":  encode(with("/persoon", object{"achternaam": mark, mark + "/~": 1})),
		"trailing text":      append(encode(full()), mark...),
		"control in surname": encode(with("/persoon/achternaam", mark+"\n")),
		"BSN beside surname": encode(with("/persoon/achternaam", mark+" "+bsn)),
	}
	for pointer := range flat(full(), "") {
		for shape, v := range map[string]any{"text": mark + "\u202e", "long": strings.Repeat(mark, 40), "list": []any{mark}, "object": object{mark: mark}} {
			all[pointer+" as "+shape] = encode(with(pointer, v))
		}
	}
	return all
}

// flat lists the members of a report by JSON pointer.
func flat(o object, at string) map[string]any {
	all := map[string]any{}
	for name, v := range o {
		all[at+"/"+name] = v
		if inner, ok := v.(object); ok {
			for p, w := range flat(inner, at+"/"+name) {
				all[p] = w
			}
		}
	}
	return all
}

// Nothing of what a creditor sent stands in what it, a log or a colleague gets
// to see of a refusal (invariants I1 and I4).
func TestNothingIsEchoed(t *testing.T) {
	for name, payload := range faults(t) {
		accepted, refused := intake.Read(open(t, "", payload))
		if len(accepted) > 0 {
			t.Errorf("%s: accepted", name)
			continue
		}
		err := refused[0].Err
		shown := fmt.Sprintf("%v %+v %v %+v", err, err, refused[0], err.Findings)
		for _, f := range err.Findings {
			shown += fmt.Sprintf("%+v", f)
		}
		if strings.Contains(shown, mark) || strings.Contains(shown, bsn) || err.Cause != nil {
			t.Errorf("%s: the refusal shows the input: %s", name, shown)
		}
	}
}

// half opens the first letter of a batch and refuses the others.
type half struct{ refusal *gateway.Error }

func (h half) Open(ctx context.Context, letters []intake.Letter) []intake.Content {
	contents := plain{}.Open(ctx, letters)
	for i := range contents[1:] {
		contents[i+1] = intake.Content{Err: h.refusal}
	}
	return contents
}

// A letter that cannot be opened leaves its reasons and the digest of the
// token, and goes no further.
func TestUnopenedLettersAreRefused(t *testing.T) {
	opener := half{refusal: gateway.Refuse(gateway.KindInvalid, gateway.Finding{Code: gateway.CodeSignature})}
	batch := []intake.Submission{
		{Peer: peer(""), ID: reportID, Token: encode(full()), At: now},
		{Peer: peer(""), ID: reportID, Token: []byte("token"), At: now},
	}
	opened, refused := intake.Open(t.Context(), opener, batch)
	if len(opened) != 1 || opened[0].Slip().Place != 0 || opened[0].Slip().Digest != gateway.DigestOf(batch[0].Token) {
		t.Fatalf("opened %d", len(opened))
	}
	if len(refused) != 1 || refused[0].Slip.Place != 1 || refused[0].Err != opener.refusal || refused[0].Slip.Digest != gateway.DigestOf(batch[1].Token) {
		t.Fatalf("refused %d", len(refused))
	}
}
