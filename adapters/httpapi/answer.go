// SPDX-License-Identifier: EUPL-1.2

package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// answering stands between a handler and the connection. Every answer is whole
// before its first byte is written, so from then on only the client's reading
// takes time: the place among all that are at work is given back first, and the
// writing has a bound of its own. The test
// TestUnreadAnswersLeaveTheDoorOpen holds both.
type answering struct {
	gin.ResponseWriter
	bound  time.Duration
	before func() // gives the place back; nil when none was taken
	begun  bool
}

// answering puts one into the request.
func (d *door) answering(c *gin.Context) *answering {
	a := &answering{ResponseWriter: c.Writer, bound: d.options.AnswerTimeout}
	c.Writer = a
	return a
}

func (a *answering) begin() {
	if a.begun {
		return
	}
	a.begun = true
	if a.before != nil {
		a.before()
	}
	// A recorder in a test has no deadlines; the server's own bound stays.
	_ = http.NewResponseController(a.Unwrap()).SetWriteDeadline(time.Now().Add(a.bound))
}

// Write is that of http.ResponseWriter.
func (a *answering) Write(b []byte) (int, error) {
	a.begin()
	return a.ResponseWriter.Write(b)
}

// WriteString is Write for a string.
func (a *answering) WriteString(s string) (int, error) {
	a.begin()
	return a.ResponseWriter.WriteString(s)
}

// WriteHeaderNow is that of gin.
func (a *answering) WriteHeaderNow() {
	a.begin()
	a.ResponseWriter.WriteHeaderNow()
}

// Flush is FlushError for callers that cannot hear of an error.
func (a *answering) Flush() { _ = a.FlushError() }

// FlushError returns when the connection has taken all, or with an error. The
// Flush of gin has none, and would call an answer read that nobody took.
func (a *answering) FlushError() error {
	a.WriteHeaderNow()
	w := a.Unwrap()
	if under, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		w = under.Unwrap()
	}
	return http.NewResponseController(w).Flush()
}

// Unwrap is for http.ResponseController.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }
