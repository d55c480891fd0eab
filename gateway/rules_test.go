// SPDX-License-Identifier: EUPL-1.2

package gateway_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The rules of architecture (docs/architecture.md, part 3). Each row gives
// its reason; whoever has a better one changes the row, not the test.

type layer struct {
	folder string
	may    []string
	reason string
}

// layers is all that a package under gateway/ may import of this module. A new
// package needs a row.
var layers = []layer{
	{"gateway", nil, "the vocabulary: everything imports it, it imports nothing"},
	{"gateway/audit/proof", nil, "an independent verifier shares the format with the writer and nothing else"},
	{"gateway/audit", []string{"gateway", "gateway/audit/proof"}, "every step writes into it, so it knows no step"},
	{"gateway/commit", nil, "it knows nothing of what it commits"},
	{"gateway/intake", []string{"gateway"}, "first step; policy and addresses come later"},
	{"gateway/routing", []string{"gateway", "gateway/intake"}, "takes what intake accepted"},
	{"gateway/permit", []string{"gateway", "gateway/routing", "policies"}, "the agreement belongs to the municipality, so routing comes first"},
	{"gateway/pseudonym", []string{"gateway", "gateway/permit", "keys"}, "only permitted data becomes a token"},
	{"gateway/objection", []string{"gateway", "gateway/audit", "gateway/pseudonym", "keys"}, "compares tokens of reports with those of who objected, and writes down who placed an objection"},
	{"gateway/seal", []string{"gateway", "gateway/objection", "gateway/pseudonym", "keys", "policies"}, "only what policy permits and nobody objected to is sealed"},
	{"gateway/match", []string{"gateway", "gateway/pseudonym", "keys"}, "compares tokens and sees no report"},
	{"gateway/mailbox", []string{"gateway", "gateway/audit", "gateway/commit", "gateway/seal", "keys"}, "keeps sealed bodies and cannot read them"},
	{"gateway/feedback", []string{"gateway", "gateway/audit", "gateway/commit", "gateway/intake", "keys"}, "signed JSON comes in through intake's strict door"},
	{"gateway/pause", []string{"gateway", "gateway/audit", "gateway/commit", "gateway/intake", "gateway/feedback", "policies"}, "feedback begins a pause and says how long one may be; working days come from policies"},
	{"gateway/clocks", []string{"gateway", "gateway/audit", "gateway/pause", "policies"}, "a clock may end a pause, and does nothing else to one"},
	{"gateway/request", []string{"gateway", "gateway/audit"}, "a clock and its log: it knows no person and carries nothing out"},
	{"gateway/rights", []string{"gateway", "gateway/audit", "gateway/logbook", "gateway/pseudonym", "gateway/retention", "keys"}, "compares the tokens of who asks with stored ones; it sees no report and opens no body"},
	{"gateway/register", []string{"gateway", "gateway/audit", "gateway/permit"}, "fills permit's port"},
	{"gateway/announce", []string{"gateway", "gateway/audit"}, "tells that something waits and knows nothing of what"},
	{"gateway/logbook", []string{"gateway", "gateway/audit", "gateway/audit/proof", "gateway/pseudonym", "keys"}, "says of entries whose they are, from the entry and what a store knew, and names persons by a pseudonym of the controller only"},
	{"gateway/oversight", []string{"gateway", "gateway/audit", "gateway/audit/proof", "gateway/logbook", "gateway/register", "gateway/request", "gateway/retention", "gateway/clocks", "gateway/announce", "policies"},
		"officers see what other packages keep, and change none of it"},
	{"gateway/adoption", []string{"gateway", "gateway/audit", "gateway/audit/proof", "gateway/oversight", "policies"},
		"officers decide which policy counts, and no step knows how it came"},
	{"gateway/reorganisation", []string{"gateway", "gateway/audit", "gateway/permit"}, "changes what the register holds, and lets the stricter agreement stand as permit does"},
	{"gateway/retention", []string{"gateway", "gateway/audit", "keys"}, "erases what it cannot read, by terms that others set; knows no step"},
	{"gateway/backup", []string{"gateway", "gateway/audit", "gateway/audit/proof"}, "carries rows of every kind and knows none of them but those of the log"},
	{"gateway/parallel", nil, "it knows nothing of what it works on"},
	{"gateway/batch", []string{"gateway", "gateway/audit", "gateway/intake", "gateway/journey"}, "lines of a file go the one journey, and no step of it is called from elsewhere"},
	{"gateway/journey", []string{"gateway", "gateway/audit", "gateway/commit", "gateway/parallel", "gateway/intake", "gateway/routing", "gateway/permit",
		"gateway/pseudonym", "gateway/objection", "gateway/seal", "gateway/match", "gateway/mailbox", "policies", "keys"}, "the one function that calls all steps"},
}

func TestLayers(t *testing.T) {
	there := map[string]bool{}
	for _, s := range sources(t) {
		if s.test || !within(s.folder, "gateway") || within(s.folder, "gateway/gatewaytest") {
			continue
		}
		there[s.folder] = true
		i := slices.IndexFunc(layers, func(l layer) bool { return l.folder == s.folder })
		if i < 0 {
			t.Errorf("%s: %s has no row in layers: say what it may import, and why", s.path, s.folder)
			continue
		}
		for _, imported := range s.imports() {
			if ours(imported) && !slices.Contains(layers[i].may, imported) {
				t.Errorf("%s imports %s; not allowed: %s", s.path, imported, layers[i].reason)
			}
		}
	}
	for _, l := range layers {
		if !there[l.folder] {
			t.Errorf("layers has a row for %s, which is no package", l.folder)
		}
	}
}

// TestArchitecturePageHasTheLayers holds the page to the rows above.
func TestArchitecturePageHasTheLayers(t *testing.T) {
	page, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range layers {
		may := "nothing"
		if len(l.may) > 0 {
			may = "`" + strings.Join(l.may, "` `") + "`"
		}
		if row := fmt.Sprintf("| `%s` | %s | %s |", l.folder, may, l.reason); !strings.Contains(string(page), row+"\n") {
			t.Errorf("architecture.md part 3 lacks the row\n%s", row)
		}
	}
}

// bans forbid imports to folders; but lists the exceptions.
var bans = []struct {
	folders, imports, but []string
	reason                string
}{
	{[]string{"gateway"}, []string{"adapters", "cmd", "keys/keyring", "keys/vault"}, nil, "the core declares ports and names no technology"},
	{[]string{"gateway"}, []string{"net", "database/sql", "os", "os/exec", "plugin", "unsafe", "C"}, []string{"net/url", "net/netip"},
		"no I/O in the core: what it needs comes through a port; url and netip only read texts"},
	{[]string{"gateway"}, []string{"log"}, []string{"gateway"}, "inner packages return errors and audit entries; gateway itself only redacts (slog.LogValuer)"},
	{[]string{"gateway"}, []string{"math/rand"}, nil, "ids and nonces need crypto/rand"},
	{[]string{"keys"}, []string{"gateway", "adapters", "policies", "cmd"}, nil, "keys is a leaf"},
	{[]string{"policies"}, []string{"gateway", "adapters", "keys", "cmd"}, nil, "policies is a leaf: it judges facts, not reports"},
	{[]string{"adapters"}, []string{"cmd"}, nil, "a library never imports its program"},
	{[]string{"gateway", "adapters", "cmd", "policies", "keys/keyring", "keys/keystest"}, []string{"keys/vault/vaulttest", "deploy"}, nil, "test servers are for tests"},
	{[]string{"cmd/seincheck"}, []string{"gateway", "adapters", "keys", "policies"}, []string{"gateway/audit/proof"}, "the verifier trusts nothing of the gateway but the format"},
}

func TestBans(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, b := range bans {
			if !within(s.folder, b.folders...) || slices.Contains(b.but, s.folder) {
				continue
			}
			for _, imported := range s.imports() {
				if within(imported, b.imports...) && !slices.Contains(b.but, imported) {
					t.Errorf("%s imports %s: %s", s.path, imported, b.reason)
				}
			}
		}
	}
}

// bridges are the adapters that another adapter may import.
var bridges = []struct {
	from, to []string
	reason   string
}{
	{nil, []string{"adapters/mtls"}, "every door gets its peer from the one place that checks certificates"},
	{[]string{"adapters/client"}, []string{"adapters/jose", "adapters/openpgp"}, "partners get one package to import"},
	{[]string{"adapters/client/clienttest"}, []string{"adapters/sftpd"}, "the gateway of the tests opens the real SFTP door"},
}

func TestAdaptersStandAlone(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !within(s.folder, "adapters") {
			continue
		}
		own := strings.Join(strings.Split(s.folder, "/")[:2], "/")
		for _, imported := range s.imports() {
			if !within(imported, "adapters") || within(imported, own) {
				continue
			}
			bridged := false
			for _, b := range bridges {
				bridged = bridged || within(imported, b.to...) && (b.from == nil || within(s.folder, b.from...))
			}
			if !bridged {
				t.Errorf("%s imports %s: an adapter is replaced alone, so none knows another", s.path, imported)
			}
		}
	}
}

// foreign says who may import a third-party module; tests who may only in
// tests. Modules that are not named are free outside gateway/.
var foreign = []struct {
	module        string
	folders, test []string
	reason        string
}{
	{"github.com/lestrrat-go/jwx/v3", []string{"adapters/jose"}, nil, "one strict layer around JOSE"},
	{"github.com/lestrrat-go/jwx/v2", nil, []string{"adapters/jose"}, "ended by its maintainer: only the peer of interoperability tests (decision 0001)"},
	{"github.com/ProtonMail/go-crypto", []string{"adapters/openpgp"}, nil, "it hands out plaintext before it has checked it"},
	{"github.com/coreos/go-oidc", []string{"adapters/console"}, nil, "one place that believes an identity provider"},
	{"github.com/chromedp", nil, []string{"adapters/console"}, "a browser is for tests"},
	{"github.com/minio/minio-go", []string{"adapters/s3"}, nil, "one place that knows S3"},
	{"github.com/hashicorp/vault/api", []string{"keys/vault"}, nil, "one place that knows Vault"},
	{"cel.dev/cel-go", []string{"policies"}, nil, "only policy evaluates conditions"},
	{"modernc.org/sqlite", []string{"adapters/sqlite"}, nil, "one place that knows SQLite"},
	{"github.com/jackc/pgx", []string{"adapters/postgres"}, nil, "one place that knows PostgreSQL"},
	{"github.com/spf13/cobra", []string{"cmd"}, nil, "only programs have command lines"},
}

func TestForeignModules(t *testing.T) {
	core := []string{"golang.org/x/mod", "github.com/go-json-experiment/json"}
	for _, s := range sources(t) {
		for _, imported := range s.imports() {
			first, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(first, ".") {
				continue // of the standard library or of this module
			}
			if !s.test && within(s.folder, "gateway") && !within(imported, core...) {
				t.Errorf("%s imports %s: the core has two dependencies, for the tree and for strict JSON", s.path, imported)
			}
			for _, f := range foreign {
				allowed := within(s.folder, f.folders...) || s.test && within(s.folder, f.test...)
				if within(imported, f.module) && !allowed {
					t.Errorf("%s imports %s: %s", s.path, imported, f.reason)
				}
			}
		}
	}
}

// ours reports whether an import, with the module's name off, is of this
// module.
func ours(imported string) bool {
	return within(imported, "gateway", "adapters", "cmd", "keys", "policies", "docs")
}
