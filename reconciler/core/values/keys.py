"""Keys by which the same customer is found under two spellings.  A key finds candidates; it proves nothing.

A blank value has no key ("").  Equal values have equal keys, and many that differ only in spelling do too.
"""

from __future__ import annotations

import re

from reconciler.core.values.phones import phone_key
from reconciler.core.values.text import clean, plain

__all__ = ["domain_key", "email_key", "name_and_form", "name_key", "phone_key", "tax_key", "website_key"]

_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u02bb\u02bc]")
_NOT_WORD = re.compile(r"[\W_]+")
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[^/?#]*")
_LEGAL_FORMS = """
    ab | ag | aktiengesellschaft | aktiebolag | aps | as | asa | ltd sti | sti | bhd | bt | bv | bvba | cc | cic | clg
    co | company | corp | corporation | cv | dac | doo | dooel | ead | eirl | eireli | ek | eood | eurl | ev
    fzc | fzco | fze | fz llc | gbr | gesmbh | ggmbh | gie | gmbh | gmbh and co kg | gmbh co kg | ag and co kg | hb
    inc | incorporated | incorporee | kb | kft | kg | kgaa | kk | ks | ky | lda | limitada | limited | limitee
    limited liability company | limited liability partnership | limited partnership | lllp | llc | llp | lp | ltd
    ltda | ltee | mbh | nv | nyrt | ohg | ood | ooo | ou | oy | oyj | oy ab | pl | plc | pllc | private
    pte | pty | proprietary | pvt | pvt ltd | sa | sa de cv | sapi de cv | sab de cv | s de rl | s de rl de cv | sarl
    sarlu | sas | sasu | sc | sca | sci | scop | scrl | scs | sdn bhd | se | sia | sl | sll | slu | snc
    sociedad limitada | sociedad anonima
    spa | spj | spk | sp j | sp k | sp zoo | sp z oo | spolka zoo | spolka z oo | spolka akcyjna
    srl | srls | sro | spol s ro | tbk | teo | teoranta | tmi | uab | ug | ulc | unipessoal | unlimited | vof | zrt
"""
_SUFFIXES = frozenset(tuple(form.split()) for form in re.split(r"[|\n]", _LEGAL_FORMS) if form.strip())
_LONGEST_SUFFIX = max(map(len, _SUFFIXES))
_LAST_WORDS = frozenset(suffix[-1] for suffix in _SUFFIXES)
# Words that mean one legal form; those that say little ("and company") stand for none.
_SAME_FORM = """
    limited ltd limitee ltee pl private proprietary pte pty pvt teo teoranta unlimited
    corporation corp inc incorporated incorporee
    gesmbh ggmbh gmbh mbh | kg kgaa | sa sas sasu | sarl sprl | bv bvba | oy oyj | limitada lda ltda | sl slu
    ab aktiebolag | ag aktiengesellschaft | aps | as | asa | llc | llp | lp | nv | ohg | plc | se | spa | srl | sro | ug
"""
_FORMS = {
    word: group.split()[0] for line in _SAME_FORM.splitlines() for group in line.split("|") for word in group.split()
}
_PUBLIC_MAIL = """
    126.com 139.com 163.com aim.com alice.it aliceadsl.fr aol.co.uk aol.com aol.de arcor.de att.net bbox.fr bell.net
    bellsouth.net bigpond.com bigpond.net.au bk.ru blueyonder.co.uk bluewin.ch bol.com.br btinternet.com btopenworld.com
    centrum.cz charter.net chello.at comcast.net cox.net dodo.com.au eircom.net email.com email.cz email.it fastmail.com
    fastmail.fm foxmail.com free.fr freemail.hu freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net
    googlemail.com hanmail.net hey.com home.nl hotmail.be hotmail.ca hotmail.co.nz hotmail.co.uk hotmail.com
    hotmail.com.au hotmail.com.br hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl icloud.com ig.com.br
    iinet.net.au inbox.com inbox.ru inet.fi interia.pl internode.on.net inwind.it juno.com kabelmail.de kpnmail.nl
    kolumbus.fi laposte.net libero.it list.ru live.ca live.co.uk live.com live.com.au live.de live.dk live.fr live.ie
    live.it live.nl mac.com mail.com mail.dk mail.ee mail.ru me.com mindspring.com msn.com mweb.co.za naver.com
    netcologne.de netscape.net neuf.fr ntlworld.com numericable.fr o2.co.uk o2.pl online.de online.no onet.pl op.pl
    optimum.net optonline.net optusnet.com.au orange.fr orcon.net.nz outlook.at outlook.com outlook.com.au
    outlook.co.nz outlook.de outlook.es outlook.fr outlook.it paradise.net.nz planet.nl pm.me posteo.de proton.me
    protonmail.com qq.com rambler.ru rediffmail.com rocketmail.com rogers.com sapo.pt sbcglobal.net seznam.cz sfr.fr
    shaw.ca sina.com skynet.be sky.com slingshot.co.nz sohu.com sunrise.ch swissonline.ch sympatico.ca t-online.de
    talktalk.net telefonica.net telenet.be telia.com telkomsa.net telus.net terra.com.br terra.es tin.it tiscali.co.uk
    tiscali.it tpg.com.au tutanota.com uol.com.br ukr.net verizon.net videotron.ca virgilio.it virgin.net
    virginmedia.com vodafone.co.nz vodamail.co.za wanadoo.fr web.de windowslive.com wp.pl xs4all.nl xtra.co.nz
    yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.nz yahoo.co.uk yahoo.com yahoo.com.au yahoo.com.br yahoo.com.mx
    yahoo.de yahoo.es yahoo.fr yahoo.ie yahoo.in yahoo.it yandex.com yandex.ru ymail.com ziggo.nl zoho.com
"""
_SHARED_DOMAINS = frozenset(_PUBLIC_MAIL.split())


def name_key(name: str) -> str:
    """A company's name without case, accents, punctuation and legal form; never empty for a name that is not."""
    return " ".join(_without_legal_form(_words(name))) or plain(clean(name))


def name_and_form(name: str) -> tuple[str, str]:
    """`name_key`, and the legal form that the name ends with: one word for all its spellings, "" when it says none."""
    if not name:
        return "", ""
    words = _words(name)
    length = _suffix_length(words)
    if not length and words[:1] != ["the"]:
        return " ".join(words) or plain(clean(name)), ""
    form = next((_FORMS[word] for word in words[len(words) - length :] if word in _FORMS), "")
    return " ".join(_without_legal_form(words)) or plain(clean(name)), form


def _words(name: str) -> list[str]:
    text = plain(clean(name)).replace("&", " and ").replace("+", " and ")
    return _initials_joined(_NOT_WORD.sub(" ", _APOSTROPHES.sub("", text)).split())


def _initials_joined(words: list[str]) -> list[str]:
    """Join runs of single letters, so that S.A., S A and SA are one word."""
    joined: list[str] = []
    open_run = False
    for word in words:
        single = len(word) == 1 and word.isascii() and word.isalpha()
        if single and open_run:
            joined[-1] += word
        else:
            joined.append(word)
        open_run = single
    return joined


def _without_legal_form(words: list[str]) -> list[str]:
    kept = words[1:] if words[:1] == ["the"] and len(words) > 1 else words
    while length := _suffix_length(kept):
        kept = kept[:-length]
        if len(kept) > 1 and kept[-1] == "and":
            kept = kept[:-1]
    return kept


def _suffix_length(words: list[str]) -> int:
    """How many of the last words are a legal form, longest first; 0 when nothing would be left."""
    if not words or words[-1] not in _LAST_WORDS:
        return 0
    lengths = range(min(_LONGEST_SUFFIX, len(words) - 1), 0, -1)
    return next((length for length in lengths if tuple(words[-length:]) in _SUFFIXES), 0)


def email_key(email: str) -> str:
    """An e-mail address without regard to case; "" when it is none."""
    text = clean(email).casefold() if email else ""
    return text if "@" in text else ""


def tax_key(number: str) -> str:
    """A tax or company number's letters and digits alone."""
    return "".join(letter for letter in clean(number).casefold() if letter.isalnum())


def website_key(address: str) -> str:
    """A web address without scheme, www. and trailing slash; the host without regard to case, the path with it."""
    text = _HTTP.sub("", clean(address), count=1)
    host = (_HOST.match(text) or [""])[0]
    return host.casefold().removeprefix("www.").rstrip(".") + text[len(host) :].rstrip("/")


def domain_key(address: str) -> str:
    """The domain of a web or e-mail address; "" for a provider at which anybody has a mailbox."""
    host = (_HOST.match(website_key(address.rpartition("@")[2])) or [""])[0].partition(":")[0]
    return "" if host in _SHARED_DOMAINS or "." not in host else host
