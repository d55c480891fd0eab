// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// Credentials are the keys and certificates that an officer may see; the look
// is written into the log. Filled by oversight.KeyDesk.
type Credentials interface {
	List(ctx context.Context, v oversight.Visit) ([]oversight.Credential, error)
}

// credentials is the page of keys and certificates.
type credentials struct{ port Credentials }

func (c credentials) page() page {
	return page{path: "/sleutels", name: "credentials", menu: true, roles: watchers(), get: c.get, words: words{
		"credentials.title":                            {"Sleutels en certificaten", "Keys and certificates"},
		"credentials.menu":                             {"Sleutels", "Keys"},
		"credentials.lead":                             {"Alleen de openbare helft van elke sleutel, van uw partijen en van het seinhuis. Vergelijk een vingerafdruk met wat de partij zelf opgeeft.", "Only the public half of each key, of your parties and of the gateway. Compare a thumbprint with what the party itself says."},
		"credentials.none":                             {"Er zijn geen sleutels.", "There are no keys."},
		"credentials.kind":                             {"Wat", "What"},
		"credentials.owner":                            {"Van", "Of"},
		"credentials.use":                              {"Gebruik", "Use"},
		"credentials.id":                               {"Vingerafdruk", "Thumbprint"},
		"credentials.from":                             {"Vanaf", "From"},
		"credentials.until":                            {"Tot", "Until"},
		"credentials.state":                            {"Toestand", "State"},
		"credentials.kind-sleutel-van-partij":          {"sleutel van partij", "key of a party"},
		"credentials.kind-sleutel-van-seinhuis":        {"sleutel van het seinhuis", "key of the gateway"},
		"credentials.kind-servercertificaat":           {"servercertificaat", "server certificate"},
		"credentials.kind-uitgever-clientcertificaten": {"uitgever van clientcertificaten", "authority of client certificates"},
		"credentials.kind-intrekkingslijst":            {"intrekkingslijst", "revocation list"},
		"credentials.state-geldig":                     {"geldig", "valid"},
		"credentials.state-nog-niet-geldig":            {"nog niet geldig", "not yet valid"},
		"credentials.state-verloopt-binnen-30-dagen":   {"verloopt binnen 30 dagen", "expires within 30 days"},
		"credentials.state-verlopen":                   {"verlopen", "expired"},
		"credentials.use-receipt-signing":              {"ontvangstbewijzen ondertekenen", "signing receipts"},
		"credentials.use-notice-signing":               {"berichten ondertekenen", "signing notices"},
		"credentials.use-checkpoint-signing":           {"de stand van het logboek ondertekenen", "signing checkpoints of the log"},
		"credentials.use-webhook-signing":              {"seinen aan partijen ondertekenen", "signing webhooks"},
		"credentials.use-intake-decryption":            {"meldingen openen", "opening reports"},
		"credentials.use-sig":                          {"ondertekenen", "signing"},
		"credentials.use-enc":                          {"versleutelen", "encryption"},
		"credentials.use-ssh":                          {"inloggen met SFTP", "login with SFTP"},
		"credentials.no-end":                           {"geen einde", "no end"},
	}}
}

func (c credentials) get(ctx context.Context, v *visit) (any, error) {
	return c.port.List(ctx, v.Visit)
}
