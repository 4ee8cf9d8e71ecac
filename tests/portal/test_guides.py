"""The guides for the people with the rights, and the package, as the portal hands them out."""

from __future__ import annotations

import io
import re
import zipfile

from flask.testing import FlaskClient

from portal import prose


def test_each_guide_names_this_concord_s_own_redirect_address(vera: FlaskClient) -> None:
    assert "http://localhost/oauth/salesforce/callback" in vera.get("/guides/salesforce").text
    text = vera.get("/guides/xero").text
    assert "http://localhost/oauth/xero/callback" in text
    assert "accounting.contacts" in text
    assert "CONCORD" not in text


def test_a_guide_is_a_page_and_no_markup_of_its_own(vera: FlaskClient) -> None:
    guide = vera.get("/guides/xero").text.partition("<article")[2].partition("</article>")[0]
    assert re.findall(r"\*\*|`|^#|^\|", guide, re.MULTILINE) == []
    assert "<h2>2. The scopes</h2>" in guide
    assert '<td data-label="scope"><code>offline_access</code></td>' in guide
    assert re.search(r"<ol><li>Open <i>Connect</i> in Concord.*</li><li>Sign in to Xero.*</li></ol>", guide)
    assert "python -m reconciler metadata" in vera.get("/guides/salesforce").text
    assert prose.page("a <b>c</b> *&*\n\n    <x>") == (
        '<p>a &lt;b&gt;c&lt;/b&gt; <i>&amp;</i></p>\n<pre class="source" tabindex="0">&lt;x&gt;</pre>'
    )


def test_the_package_is_downloaded_as_a_zip(ada: FlaskClient) -> None:
    answer = ada.get("/guides/salesforce/package")
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "package.xml" in archive.namelist()


def test_there_is_no_guide_to_anything_else(ada: FlaskClient) -> None:
    assert ada.get("/guides/deploy").status_code == 404
    assert ada.get("/guides/..%2fREADME").status_code == 404
