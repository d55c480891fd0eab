// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
)

// jose are the media types of a token: that of RFC 7515, and the name that the
// Dutch modules for signing and encryption give it.
var jose = []string{"application/jose", "application/jose+json"}

var plainJSON = []string{"application/json"}

// body reads a body of one of the media types. Size is looked at before
// anything is read, and held while reading.
func body(v *visit, types []string) ([]byte, *gateway.Error) {
	if !mediaType(v.Request.Header, types) {
		return nil, ownRefusal(kindMediaType, gateway.CodeMediaType)
	}
	return readAll(v)
}

// optionalBody is body for routes that need none: no content is then as good
// as an empty object.
func optionalBody(v *visit, types []string) ([]byte, *gateway.Error) {
	if len(v.Request.Header.Values("Content-Type")) > 0 || len(v.Request.Header.Values("Content-Encoding")) > 0 {
		return body(v, types)
	}
	b, fail := readAll(v)
	if fail == nil && len(b) > 0 {
		return nil, ownRefusal(kindMediaType, gateway.CodeMediaType)
	}
	return b, fail
}

func readAll(v *visit) ([]byte, *gateway.Error) {
	tooLarge := ownRefusal(gateway.KindTooLarge, gateway.CodeTooLarge)
	if v.Request.ContentLength > maxBody {
		drain(v.Request)
		return nil, tooLarge
	}
	var b bytes.Buffer
	if v.Request.ContentLength > 0 {
		b.Grow(int(v.Request.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(v.Request.Body, maxBody+1))
	switch {
	case err != nil: // the client went away or was too slow
		return nil, gateway.Fail(gateway.KindUnavailable, io.ErrUnexpectedEOF)
	case b.Len() > maxBody:
		drain(v.Request)
		return nil, tooLarge
	}
	return b.Bytes(), nil
}

// drain reads on for a bounded while, so that a client that is still writing
// gets to read why it was refused instead of a reset connection. A client that
// asked first (Expect: 100-continue) has sent nothing yet and is not invited to.
func drain(r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, 8*maxBody)
	}
}

// mediaType takes exactly one Content-Type of the list, with no parameter but
// charset=utf-8 on JSON, and no Content-Encoding.
func mediaType(h http.Header, types []string) bool {
	values := h.Values("Content-Type")
	if len(values) != 1 || len(h.Values("Content-Encoding")) > 0 {
		return false
	}
	t, params, err := mime.ParseMediaType(values[0])
	if err != nil || !slices.Contains(types, t) {
		return false
	}
	charset, ok := params["charset"]
	return len(params) == 0 || len(params) == 1 && ok && t == "application/json" && strings.EqualFold(charset, "utf-8")
}

// pathID takes an id out of the path. Only a canonical UUID is one, so that no
// path can carry anything else to a log.
func pathID[T ~string](v *visit, names ...string) ([]T, *gateway.Error) {
	ids := make([]T, len(names))
	var found []gateway.Finding
	for i, name := range names {
		id, err := gateway.ParseUUID(v.Param(name))
		if err != nil {
			found = append(found, badParameter(name, "moet een UUID in kleine letters zijn."))
		}
		ids[i] = T(id)
	}
	if len(found) > 0 {
		return nil, gateway.Refuse(gateway.KindInvalid, found...)
	}
	return ids, nil
}

// badParameter names a parameter of the contract; never one that came in.
func badParameter(name, text string) gateway.Finding {
	return gateway.Finding{Code: gateway.CodeParameter, Rule: "Seinhuis formats", Text: "De parameter " + name + " " + text}
}

// checkQuery refuses what the route does not know. It runs for every route, so
// that a misspelt parameter is never silently nothing.
func checkQuery(v *visit) *gateway.Error {
	if v.Request.URL.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(v.Request.URL.RawQuery)
	if err != nil {
		return ownRefusal(gateway.KindInvalid, gateway.CodeParameter)
	}
	for name, values := range query {
		if len(values) != 1 || !slices.Contains(v.route.query, name) {
			return ownRefusal(gateway.KindInvalid, gateway.CodeParameter)
		}
	}
	return nil
}

// whole describes one whole-number query parameter.
type whole struct {
	name                string
	least, most, absent int64
}

// wholes reads query parameters and reports all that are wrong at once.
func wholes(v *visit, params ...whole) ([]int64, *gateway.Error) {
	query := v.Request.URL.Query()
	values := make([]int64, len(params))
	var found []gateway.Finding
	for i, p := range params {
		values[i] = p.absent
		if !query.Has(p.name) {
			continue
		}
		n, ok := digits(query.Get(p.name))
		if !ok || n < p.least || n > p.most {
			found = append(found, badParameter(p.name, "is geen getal binnen de grenzen van het contract."))
		}
		values[i] = n
	}
	if len(found) > 0 {
		return nil, gateway.Refuse(gateway.KindInvalid, found...)
	}
	return values, nil
}

// queryID takes an id out of the query, as pathID does; empty when it is absent.
func queryID[T ~string](v *visit, name string) (T, *gateway.Error) {
	query := v.Request.URL.Query()
	if !query.Has(name) {
		return "", nil
	}
	id, err := gateway.ParseUUID(query.Get(name))
	if err != nil {
		return "", gateway.Refuse(gateway.KindInvalid, badParameter(name, "moet een UUID in kleine letters zijn."))
	}
	return T(id), nil
}

// digits takes only 0-9, without sign or leading zero.
func digits(s string) (int64, bool) {
	if s == "" || len(s) > 1 && s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
