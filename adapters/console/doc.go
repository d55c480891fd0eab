// SPDX-License-Identifier: EUPL-1.2

// Package console is the web console of privacy officers: pages made on the
// server, on a listener of its own, in Dutch and English.
//
// It shows what gateway/oversight gives and decides nothing about who sees
// what, beyond which roles a page is for. It reveals no personal data: it gets
// none. It asks nothing of third parties but the identity provider, and no page
// needs a script. Called by cmd/seinhuis.
//
// # Adding a page
//
// One Go file, one template, one row in pages.go, one row in the table of
// TestIsolation:
//
//  1. thing.go: a type that holds the page's port (an interface of 1 to 4
//     methods, declared beside it), and a method page() that gives the [page]:
//     its path, name, roles, words, and what it does on GET, POST, or both.
//  2. templates/thing.html, named as the page: what stands inside <main>, below
//     the heading. Dot is a [frame]; what get returned is .View. Texts come
//     only from words, {{w "thing.key"}} or {{w "thing.key" .View.Count}}: a
//     test refuses letters elsewhere, and words that nobody asks for.
//  3. pages.go: the port as a field of [Ports], the page in the table.
//  4. isolation_test.go: who gets what at the new path.
//
// Rules of a page:
//
//   - The heading is the word name.title; a view with titleArgs fills its
//     verbs. The menu shows name.menu when menu is set, the breadcrumb follows parent.
//   - get and post hand visit.Visit to the desk behind the port. The desk
//     narrows to the officer's scope and writes the log; the page does neither.
//   - What a visitor may not see is an error of kind gateway.KindNotFound. A role
//     that a page is not for gets the same answer as a path that is not there.
//   - Wrong input is [problems], with the name of the field and the key of a
//     word: from get together with a view (status 400), from post alone
//     (status 422, the page comes again with what was filled in, .Sent).
//     A *gateway.Error of kind ongeldig, geweigerd or conflict from post is
//     shown by the sentences of its findings.
//   - post gives the path to go to; what changed is seen there.
//   - Each <form method="post"> holds {{template "token" .}}; fields are made
//     with the templates in templates/parts.html, which bring label, hint and
//     error: {{template "text" (field $ "partij" (.Sent.Get "partij"))}}, also "date", "area", and
//     with (choices (field …) .View.Parties) "select", which has all as first
//     choice, and "choose", which has not. Their words are name.partij
//     and, when there is one, name.partij.hint.
//   - Parts are <section class="console-block"> with an <h2 class="utrecht-heading-2">.
//   - Tables have a caption and scopes; wide ones stand in
//     <div class="utrecht-table-container" tabindex="0" role="region" aria-label=…>,
//     with a label that no other part of the page has. The class console-stack
//     makes cards of the rows on a narrow screen; such a table names its roles
//     (role="table", "row", "cell"), which display: block takes away, and each
//     cell its column (data-label), which a card has no heading for.
//   - Charts are newChart and {{template "chart" .View.Chart}}, with a table beside it.
//   - No style attributes, no scripts: the browser refuses them.
//   - A download is a page with file in place of get.
package console
