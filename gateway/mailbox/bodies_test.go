// SPDX-License-Identifier: EUPL-1.2

package mailbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway/mailbox"
)

// A place prints neither its key nor where the body is, in any of the ways in
// which a value gets into a text.
func TestPlaceRedacts(t *testing.T) {
	p := mailbox.Place{Object: "GM0268/2026-11/x", Offset: 987654, Size: 876543, Key: [32]byte([]byte(strings.Repeat("\xab", 32)))}
	var out bytes.Buffer
	for _, v := range []any{p, &p, []mailbox.Place{p}, struct{ P mailbox.Place }{p}} {
		fmt.Fprintf(&out, "%v %+v %#v %s %d %x %q\n", v, v, v, v, v, v, v)
		one, err := json.Marshal(v)
		two, err2 := jsonv2.Marshal(v)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		out.Write(append(one, two...))
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "place", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "place", v)
	}
	for _, leak := range []string{"GM0268", "987654", "876543", "171", "abab", "ABAB", `\xab`, "q6ur"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("a printed place shows %q:\n%s", leak, out.String())
		}
	}
}
