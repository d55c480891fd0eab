// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/seinhuis/seinhuis/gateway"
)

// The headers of FSC. A transaction is one exchange between two organisations:
// the outway of the one makes its id, and the logs of both name it.
const (
	headerExchange      = "Fsc-Transaction-Id"
	headerExchangeError = "Fsc-Error-Code"
)

// What FSC Logging 1.1 calls what goes wrong.
const (
	exchangeInvalid   = "INVALID_LOG_RECORD_ID"
	exchangeMissing   = "MISSING_LOG_RECORD_ID"
	exchangeUnwritten = "TRANSACTION_LOG_WRITE_ERROR"
)

// withExchange takes the transaction id into the trace, from which every audit
// entry of the request has it, and says it back. One that cannot be used is
// not said back: checkExchange refuses it.
func withExchange(c *gin.Context, trace gateway.Trace) gateway.Trace {
	given := c.Request.Header.Values(headerExchange)
	if len(given) != 1 {
		return trace
	}
	id, err := gateway.ParseExchange(given[0])
	if err != nil {
		return trace
	}
	c.Header(headerExchange, string(id))
	return trace.Within(id)
}

// checkExchange refuses a transaction id that is none, on every route, and
// where the operator wants one its absence, on routes that need a certificate.
func (d *door) checkExchange(v *visit) *gateway.Error {
	switch given := v.Request.Header.Values(headerExchange); {
	case v.trace.Exchange() != "":
		return nil
	case len(given) > 0:
		return ownRefusal(gateway.KindInvalid, gateway.CodeExchangeInvalid)
	case d.options.ExchangeRequired && !v.route.public():
		return ownRefusal(gateway.KindInvalid, gateway.CodeExchangeMissing)
	}
	return nil
}

// writeExchangeError says in FSC's words why a request was refused. When the
// fault is ours the act and its entry in the log failed together (invariant
// I5), so whoever gave a transaction id hears that it stands in no log. One
// that found no room was not tried and is told nothing.
func writeExchangeError(v *visit, status int, findings []gateway.Finding) {
	has := func(code gateway.Code) bool {
		return slices.ContainsFunc(findings, func(f gateway.Finding) bool { return f.Code == code })
	}
	switch {
	case has(gateway.CodeExchangeInvalid):
		v.Header(headerExchangeError, exchangeInvalid)
	case has(gateway.CodeExchangeMissing):
		v.Header(headerExchangeError, exchangeMissing)
	case status >= http.StatusInternalServerError && v.trace.Exchange() != "" && !has(gateway.CodeBusy):
		v.Header(headerExchangeError, exchangeUnwritten)
	}
}
