// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/seinhuis/seinhuis/keys"
)

// Nothing secret comes out of any print path, also not through a struct that holds a store in an unexported field: not the
// token, not the secret id, not a data key, not an intake key.
func TestRedaction(t *testing.T) {
	b := newBench(t)
	w := wrapOne(t, b.Store, november, "a", "x")
	_, err := b.IntakeKeys(t.Context())
	must(t, err)
	_, h, err := b.Signer(t.Context(), keys.ReceiptSigning, keys.ES256)
	must(t, err)
	raw, wrapped, err := b.datakey(t.Context(), scopeName(november))
	must(t, err)
	key, err := newDataKey(raw, wrapped, start.Add(dataKeyLife))
	must(t, err)
	o, err := parse(w)
	must(t, err)
	secret, err := os.ReadFile(b.config.AppRole.SecretIDFile)
	must(t, err)
	token := b.client().Token()
	type holder struct{ inner any }
	store := b.Store
	for _, v := range []any{store, *h.(*handle), h, key, &key, store.config, &store.data, &store.private, store.session, store.register.snap.Load(),
		holder{store}, holder{h}, &holder{store.session}, holder{&store.data}, holder{key}, o} {
		var out strings.Builder
		fmt.Fprintf(&out, "%v|%+v|%#v|%s|%x|%X|%d|%q", v, v, v, v, v, v, v, v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("", "v", v)
		if text, err := json.Marshal(v); err == nil {
			out.Write(text)
		}
		for name, s := range map[string]string{"token": token, "secret id": strings.TrimSpace(string(secret)), "data key": string(raw)} {
			for _, form := range []string{s, fmt.Sprintf("%x", s), fmt.Sprintf("%X", s), strings.Trim(fmt.Sprint([]byte(s)), "[]")} {
				if strings.Contains(out.String(), form) {
					t.Errorf("%T tells the %s", v, name)
				}
			}
		}
		if strings.Contains(out.String(), "ecdh.PrivateKey") {
			t.Errorf("%T shows an intake key", v)
		}
	}
}
