// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"fmt"
	"io"
	"log/slog"
)

// What is about a person prints as a label, so that a log line or an error of
// the partner's own program does not spread it. JSON shows everything: it is
// what these types are for. TestRedacted holds the list.

const redacted = "[afgeschermd]"

func (r Report) Format(s fmt.State, _ rune)  { _, _ = io.WriteString(s, "melding "+r.ID) }
func (m Message) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "melding "+string(m.id)) }
func (c Content) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "signaal "+string(c.SignalID)) }
func (o Opened) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "signaal "+string(o.Content.SignalID))
}
func (Person) Format(s fmt.State, _ rune)         { _, _ = io.WriteString(s, redacted) }
func (Address) Format(s fmt.State, _ rune)        { _, _ = io.WriteString(s, redacted) }
func (Contact) Format(s fmt.State, _ rune)        { _, _ = io.WriteString(s, redacted) }
func (ReceivedReport) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

func (r Report) LogValue() slog.Value       { return slog.StringValue("melding " + r.ID) }
func (m Message) LogValue() slog.Value      { return slog.StringValue("melding " + string(m.id)) }
func (c Content) LogValue() slog.Value      { return slog.StringValue("signaal " + string(c.SignalID)) }
func (o Opened) LogValue() slog.Value       { return o.Content.LogValue() }
func (Person) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Address) LogValue() slog.Value        { return slog.StringValue(redacted) }
func (Contact) LogValue() slog.Value        { return slog.StringValue(redacted) }
func (ReceivedReport) LogValue() slog.Value { return slog.StringValue(redacted) }
