"""Languages as catalogues name them, to ISO 639-1 where there is such a code, else to ISO 639-2's three letters.

Sources: the Library of Congress' registry of ISO 639-2 (bibliographic and terminological codes,
with those that MARC retired) and, for names, the languages that Django knows.
"""

import re
from functools import lru_cache

from django.conf.locale import LANG_INFO

from bookplate.people.folding import fold

# two letters, then the codes of three letters that mean the same
_CODES = """
aa aar,ab abk,ae ave,af afr,ak aka twi fat,am amh,an arg,ar ara arb,as asm,av ava,ay aym,az aze,ba bak,be bel,
bg bul,bi bis,bm bam,bn ben,bo bod tib,br bre,bs bos,ca cat,ce che,ch cha,co cos,cr cre,cs ces cze,cu chu,
cv chv,cy cym wel,da dan,de deu ger,dv div,dz dzo,ee ewe,el ell gre,en eng,eo epo esp,es spa,et est,
eu eus baq,fa fas per,ff ful,fi fin,fj fij,fo fao far,fr fra fre,fy fry fri,ga gle iri,gd gla gae,gl glg gag,
gn grn gua,gu guj,gv glv max,ha hau,he heb,hi hin,ho hmo,hr hrv scr,ht hat,hu hun,hy hye arm,hz her,
ia ina int,id ind,ie ile,ig ibo,ii iii,ik ipk,io ido,is isl ice,it ita,iu iku,ja jpn,jv jav,ka kat geo,kg kon,
ki kik,kj kua,kk kaz,kl kal,km khm cam,kn kan,ko kor,kr kau,ks kas,ku kur,kv kom,kw cor,ky kir,la lat,lb ltz,
lg lug,li lim,ln lin,lo lao,lt lit,lu lub,lv lav,mg mlg mla,mh mah,mi mri mao,mk mkd mac,ml mal,mn mon,mr mar,
ms msa may,mt mlt,my mya bur,na nau,nb nob,nd nde,ne nep,ng ndo,nl nld dut,nn nno,no nor,nr nbl,nv nav,ny nya,
oc oci lan,oj oji,om orm gal,or ori,os oss,pa pan,pi pli,pl pol,ps pus,pt por,qu que,rm roh,rn run,
ro ron rum mol,ru rus,rw kin,sa san,sc srd,sd snd,se sme lap,sg sag,si sin snh,sk slk slo,sl slv,sm smo sao,
sn sna sho,so som,sq sqi alb,sr srp scc,ss ssw swz,st sot sso,su sun,sv swe,sw swa,ta tam,te tel,tg tgk taj,
th tha,ti tir,tk tuk,tl tgl tag,tn tsn tsw,to ton,tr tur,ts tso,tt tat tar,ty tah,ug uig,uk ukr,ur urd,uz uzb,
ve ven,vi vie,vo vol,wa wln,wo wol,xh xho,yi yid,yo yor,za zha,zh zho chi cmn,zu zul
"""
_BY_CODE = {code: row.split()[0] for row in _CODES.replace("\n", "").split(",") for code in row.split()}
_BY_NAME = {
    fold(str(info[key])): code.partition("-")[0]
    for code, info in LANG_INFO.items()
    if "-" not in code
    for key in ("name", "name_local")
} | {
    # Names that exports use and Django does not, and those of the languages that list columns most often come in.
    fold(name): code
    for code, names in {
        "en": "anglais englisch inglés inglese inglês engels",
        "fr": "french französisch francés francese francês frans",
        "de": "allemand alemán tedesco alemão duits",
        "es": "espagnol spanisch castellano spagnolo espanhol spaans",
        "it": "italien italienisch italiaans",
        "pt": "portugais portugiesisch portugués portoghese portugees",
        "nl": "néerlandais niederländisch flemish neerlandés olandese",
        "ru": "russe russisch ruso russo",
        "la": "latin latein latín latino latina",
        "zh": "chinese chinois chinesisch chino cinese",
        "no": "norwegian norvégien norwegisch norsk",
        "ja": "japonais japanisch giapponese",
        "he": "hébreu hebräisch",
        "yi": "yiddish jiddisch",
    }.items()
    for name in names.split()
}
_BY_NAME |= {"ancient greek": "grc", "filipino": "fil", "multiple languages": "mul", "multilingual": "mul"}
# "undetermined", "no linguistic content", "uncoded" and what people type for want of a code
_NONE = {"und", "zxx", "mis", "unk", "xxx", "nan", "nil"}


_IN_ENGLISH = {
    **{code: str(info["name"]) for code, info in LANG_INFO.items() if "name" in info},
    **{"zh": "Chinese", "la": "Latin", "grc": "Ancient Greek", "no": "Norwegian", "yi": "Yiddish", "fil": "Filipino"},
    **{"mul": "Several languages"},
}


def name(code: str) -> str:
    """What people call the language of this code; the code itself where that is not known."""
    return _IN_ENGLISH.get(code, code)


# Those of MARC's codes that are not the terminological ones, which stand second in the rows above.
_BIBLIOGRAPHIC = set(re.findall("...", "albarmbaqburchiczedutfregeogergreicemacmaomayperrumslotibwel"))
_IN_MARC = {
    row[0]: next((code for code in row if code in _BIBLIOGRAPHIC), row[1])
    for row in map(str.split, _CODES.replace("\n", "").split(","))
}


def marc_code(code: str) -> str:
    """The three letters that MARC has for one of our codes; blanks where it has none."""
    return _IN_MARC.get(code) or (code if _looks_like_a_code(code) else "   ")


def code(text: str) -> str:
    """The code of "eng", "en-US", "ger", "Français", "English (United Kingdom)"; empty when it cannot be told."""
    return _code(text[:100])


@lru_cache(maxsize=4096)
def _code(text: str) -> str:
    shown = fold(text)
    if shown in _BY_NAME:
        return _BY_NAME[shown]
    first = shown.replace("_", "-").partition("-")[0].partition("(")[0].partition(",")[0].partition(";")[0].strip()
    return _BY_CODE.get(first) or _BY_NAME.get(first) or (first if _looks_like_a_code(first) else "")


def _looks_like_a_code(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text not in _NONE
