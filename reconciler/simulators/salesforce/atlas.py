"""The countries and states that state and country picklists know as they come.  Data only.

The countries are those of ISO 3166 by their full names, and only ten of them come with states: in every other one any
state is refused, a county or region that people really write included.
"""

from __future__ import annotations


def _listed(text: str) -> dict[str, str]:
    """Code and name of each, in the order written."""
    found = (" ".join(each.split()).partition(" ") for each in text.split("|"))
    return {code: name for code, _, name in found}


COUNTRIES = _listed("""
    AD Andorra | AE United Arab Emirates | AF Afghanistan | AG Antigua and Barbuda | AI Anguilla | AL Albania |
    AM Armenia | AO Angola | AQ Antarctica | AR Argentina | AS American Samoa | AT Austria | AU Australia | AW Aruba |
    AX Aland Islands | AZ Azerbaijan | BA Bosnia and Herzegovina | BB Barbados | BD Bangladesh | BE Belgium |
    BF Burkina Faso | BG Bulgaria | BH Bahrain | BI Burundi | BJ Benin | BL Saint Barthélemy | BM Bermuda |
    BN Brunei Darussalam | BO Bolivia, Plurinational State of | BQ Bonaire, Sint Eustatius and Saba | BR Brazil |
    BS Bahamas | BT Bhutan | BV Bouvet Island | BW Botswana | BY Belarus | BZ Belize | CA Canada |
    CC Cocos (Keeling) Islands | CD Congo, The Democratic Republic of the | CF Central African Republic | CG Congo |
    CH Switzerland | CI Cote d'Ivoire | CK Cook Islands | CL Chile | CM Cameroon | CN China | CO Colombia |
    CR Costa Rica | CU Cuba | CV Cabo Verde | CW Curaçao | CX Christmas Island | CY Cyprus | CZ Czechia | DE Germany |
    DJ Djibouti | DK Denmark | DM Dominica | DO Dominican Republic | DZ Algeria | EC Ecuador | EE Estonia | EG Egypt |
    EH Western Sahara | ER Eritrea | ES Spain | ET Ethiopia | FI Finland | FJ Fiji | FK Falkland Islands (Malvinas) |
    FM Micronesia, Federated States of | FO Faroe Islands | FR France | GA Gabon | GB United Kingdom | GD Grenada |
    GE Georgia | GF French Guiana | GG Guernsey | GH Ghana | GI Gibraltar | GL Greenland | GM Gambia | GN Guinea |
    GP Guadeloupe | GQ Equatorial Guinea | GR Greece | GS South Georgia and the South Sandwich Islands | GT Guatemala |
    GU Guam | GW Guinea-Bissau | GY Guyana | HK Hong Kong | HM Heard Island and McDonald Islands | HN Honduras |
    HR Croatia | HT Haiti | HU Hungary | ID Indonesia | IE Ireland | IL Israel | IM Isle of Man | IN India |
    IO British Indian Ocean Territory | IQ Iraq | IR Iran, Islamic Republic of | IS Iceland | IT Italy | JE Jersey |
    JM Jamaica | JO Jordan | JP Japan | KE Kenya | KG Kyrgyzstan | KH Cambodia | KI Kiribati | KM Comoros |
    KN Saint Kitts and Nevis | KP Korea, Democratic People's Republic of | KR Korea, Republic of | KW Kuwait |
    KY Cayman Islands | KZ Kazakhstan | LA Lao People's Democratic Republic | LB Lebanon | LC Saint Lucia |
    LI Liechtenstein | LK Sri Lanka | LR Liberia | LS Lesotho | LT Lithuania | LU Luxembourg | LV Latvia | LY Libya |
    MA Morocco | MC Monaco | MD Moldova, Republic of | ME Montenegro | MF Saint Martin (French part) | MG Madagascar |
    MH Marshall Islands | MK North Macedonia | ML Mali | MM Myanmar | MN Mongolia | MO Macao |
    MP Northern Mariana Islands | MQ Martinique | MR Mauritania | MS Montserrat | MT Malta | MU Mauritius |
    MV Maldives | MW Malawi | MX Mexico | MY Malaysia | MZ Mozambique | NA Namibia | NC New Caledonia | NE Niger |
    NF Norfolk Island | NG Nigeria | NI Nicaragua | NL Netherlands | NO Norway | NP Nepal | NR Nauru | NU Niue |
    NZ New Zealand | OM Oman | PA Panama | PE Peru | PF French Polynesia | PG Papua New Guinea | PH Philippines |
    PK Pakistan | PL Poland | PM Saint Pierre and Miquelon | PN Pitcairn | PR Puerto Rico | PS Palestine, State of |
    PT Portugal | PW Palau | PY Paraguay | QA Qatar | RE Reunion | RO Romania | RS Serbia | RU Russian Federation |
    RW Rwanda | SA Saudi Arabia | SB Solomon Islands | SC Seychelles | SD Sudan | SE Sweden | SG Singapore |
    SH Saint Helena, Ascension and Tristan da Cunha | SI Slovenia | SJ Svalbard and Jan Mayen | SK Slovakia |
    SL Sierra Leone | SM San Marino | SN Senegal | SO Somalia | SR Suriname | SS South Sudan |
    ST Sao Tome and Principe | SV El Salvador | SX Sint Maarten (Dutch part) | SY Syrian Arab Republic | SZ Eswatini |
    TC Turks and Caicos Islands | TD Chad | TF French Southern Territories | TG Togo | TH Thailand | TJ Tajikistan |
    TK Tokelau | TL Timor-Leste | TM Turkmenistan | TN Tunisia | TO Tonga | TR Turkey | TT Trinidad and Tobago |
    TV Tuvalu | TW Taiwan | TZ Tanzania, United Republic of | UA Ukraine | UG Uganda |
    UM United States Minor Outlying Islands | US United States | UY Uruguay | UZ Uzbekistan |
    VA Holy See (Vatican City State) | VC Saint Vincent and the Grenadines | VE Venezuela, Bolivarian Republic of |
    VG Virgin Islands, British | VI Virgin Islands, U.S. | VN Viet Nam | VU Vanuatu | WF Wallis and Futuna | WS Samoa |
    YE Yemen | YT Mayotte | ZA South Africa | ZM Zambia | ZW Zimbabwe
""")

STATES = {
    "AU": _listed("""
        ACT Australian Capital Territory | NSW New South Wales | NT Northern Territory | QLD Queensland |
        SA South Australia | TAS Tasmania | VIC Victoria | WA Western Australia
    """),
    "BR": _listed("""
        AC Acre | AL Alagoas | AM Amazonas | AP Amapá | BA Bahia | CE Ceará | DF Distrito Federal | ES Espírito Santo |
        GO Goiás | MA Maranhão | MG Minas Gerais | MS Mato Grosso do Sul | MT Mato Grosso | PA Pará | PB Paraíba |
        PE Pernambuco | PI Piauí | PR Paraná | RJ Rio de Janeiro | RN Rio Grande do Norte | RO Rondônia | RR Roraima |
        RS Rio Grande do Sul | SC Santa Catarina | SE Sergipe | SP São Paulo | TO Tocantins
    """),
    "CA": _listed("""
        AB Alberta | BC British Columbia | MB Manitoba | NB New Brunswick | NL Newfoundland and Labrador |
        NS Nova Scotia | NT Northwest Territories | NU Nunavut | ON Ontario | PE Prince Edward Island | QC Quebec |
        SK Saskatchewan | YT Yukon Territories
    """),
    "CN": _listed("""
        11 Beijing | 12 Tianjin | 13 Hebei | 14 Shanxi | 15 Nei Mongol | 21 Liaoning | 22 Jilin | 23 Heilongjiang |
        31 Shanghai | 32 Jiangsu | 33 Zhejiang | 34 Anhui | 35 Fujian | 36 Jiangxi | 37 Shandong | 41 Henan | 42 Hubei |
        43 Hunan | 44 Guangdong | 45 Guangxi | 46 Hainan | 50 Chongqing | 51 Sichuan | 52 Guizhou | 53 Yunnan |
        54 Xizang | 61 Shaanxi | 62 Gansu | 63 Qinghai | 64 Ningxia | 65 Xinjiang | 71 Taiwan | 91 Hong Kong |
        92 Macao
    """),
    "IE": _listed("""
        CW Carlow | CN Cavan | CE Clare | CO Cork | DL Donegal | D Dublin | G Galway | KY Kerry | KE Kildare |
        KK Kilkenny | LS Laois | LM Leitrim | LK Limerick | LD Longford | LH Louth | MO Mayo | MH Meath | MN Monaghan |
        OY Offaly | RN Roscommon | SO Sligo | TA Tipperary | WD Waterford | WH Westmeath | WX Wexford | WW Wicklow
    """),
    "IN": _listed("""
        AN Andaman and Nicobar Islands | AP Andhra Pradesh | AR Arunachal Pradesh | AS Assam | BR Bihar |
        CG Chhattisgarh | CH Chandigarh | DH Dadra and Nagar Haveli and Daman and Diu | DL Delhi | GA Goa | GJ Gujarat |
        HP Himachal Pradesh | HR Haryana | JH Jharkhand | JK Jammu and Kashmir | KA Karnataka | KL Kerala | LA Ladakh |
        LD Lakshadweep | MH Maharashtra | ML Meghalaya | MN Manipur | MP Madhya Pradesh | MZ Mizoram | NL Nagaland |
        OD Odisha | PB Punjab | PY Puducherry | RJ Rajasthan | SK Sikkim | TN Tamil Nadu | TR Tripura | TS Telangana |
        UK Uttarakhand | UP Uttar Pradesh | WB West Bengal
    """),
    "IT": _listed("""
        AG Agrigento | AL Alessandria | AN Ancona | AO Aosta | AP Ascoli Piceno | AQ L'Aquila | AR Arezzo | AT Asti |
        AV Avellino | BA Bari | BG Bergamo | BI Biella | BL Belluno | BN Benevento | BO Bologna | BR Brindisi |
        BS Brescia | BT Barletta-Andria-Trani | BZ Bolzano | CA Cagliari | CB Campobasso | CE Caserta | CH Chieti |
        CL Caltanissetta | CN Cuneo | CO Como | CR Cremona | CS Cosenza | CT Catania | CZ Catanzaro | EN Enna |
        FC Forlì-Cesena | FE Ferrara | FG Foggia | FI Firenze | FM Fermo | FR Frosinone | GE Genova | GO Gorizia |
        GR Grosseto | IM Imperia | IS Isernia | KR Crotone | LC Lecco | LE Lecce | LI Livorno | LO Lodi | LT Latina |
        LU Lucca | MB Monza e Brianza | MC Macerata | ME Messina | MI Milano | MN Mantova | MO Modena |
        MS Massa-Carrara | MT Matera | NA Napoli | NO Novara | NU Nuoro | OR Oristano | PA Palermo | PC Piacenza |
        PD Padova | PE Pescara | PG Perugia | PI Pisa | PN Pordenone | PO Prato | PR Parma | PT Pistoia |
        PU Pesaro e Urbino | PV Pavia | PZ Potenza | RA Ravenna | RC Reggio Calabria | RE Reggio Emilia | RG Ragusa |
        RI Rieti | RM Roma | RN Rimini | RO Rovigo | SA Salerno | SI Siena | SO Sondrio | SP La Spezia | SR Siracusa |
        SS Sassari | SU Sud Sardegna | SV Savona | TA Taranto | TE Teramo | TN Trento | TO Torino | TP Trapani |
        TR Terni | TS Trieste | TV Treviso | UD Udine | VA Varese | VB Verbano-Cusio-Ossola | VC Vercelli | VE Venezia |
        VI Vicenza | VR Verona | VT Viterbo | VV Vibo Valentia
    """),
    "JP": _listed("""
        01 Hokkaido | 02 Aomori | 03 Iwate | 04 Miyagi | 05 Akita | 06 Yamagata | 07 Fukushima | 08 Ibaraki |
        09 Tochigi | 10 Gunma | 11 Saitama | 12 Chiba | 13 Tokyo | 14 Kanagawa | 15 Niigata | 16 Toyama | 17 Ishikawa |
        18 Fukui | 19 Yamanashi | 20 Nagano | 21 Gifu | 22 Shizuoka | 23 Aichi | 24 Mie | 25 Shiga | 26 Kyoto |
        27 Osaka | 28 Hyogo | 29 Nara | 30 Wakayama | 31 Tottori | 32 Shimane | 33 Okayama | 34 Hiroshima |
        35 Yamaguchi | 36 Tokushima | 37 Kagawa | 38 Ehime | 39 Kochi | 40 Fukuoka | 41 Saga | 42 Nagasaki |
        43 Kumamoto | 44 Oita | 45 Miyazaki | 46 Kagoshima | 47 Okinawa
    """),
    "MX": _listed("""
        AG Aguascalientes | BC Baja California | BS Baja California Sur | CH Chihuahua | CL Colima | CM Campeche |
        CO Coahuila | CS Chiapas | DF Federal District | DG Durango | GR Guerrero | GT Guanajuato | HG Hidalgo |
        JA Jalisco | ME Mexico State | MI Michoacán | MO Morelos | NA Nayarit | NL Nuevo León | OA Oaxaca | PB Puebla |
        QE Querétaro | QR Quintana Roo | SI Sinaloa | SL San Luis Potosí | SO Sonora | TB Tabasco | TL Tlaxcala |
        TM Tamaulipas | VE Veracruz | YU Yucatán | ZA Zacatecas
    """),
    "US": _listed("""
        AL Alabama | AK Alaska | AZ Arizona | AR Arkansas | CA California | CO Colorado | CT Connecticut | DE Delaware |
        DC District of Columbia | FL Florida | GA Georgia | HI Hawaii | ID Idaho | IL Illinois | IN Indiana | IA Iowa |
        KS Kansas | KY Kentucky | LA Louisiana | ME Maine | MD Maryland | MA Massachusetts | MI Michigan |
        MN Minnesota | MS Mississippi | MO Missouri | MT Montana | NE Nebraska | NV Nevada | NH New Hampshire |
        NJ New Jersey | NM New Mexico | NY New York | NC North Carolina | ND North Dakota | OH Ohio | OK Oklahoma |
        OR Oregon | PA Pennsylvania | RI Rhode Island | SC South Carolina | SD South Dakota | TN Tennessee | TX Texas |
        UT Utah | VT Vermont | VA Virginia | WA Washington | WV West Virginia | WI Wisconsin | WY Wyoming
    """),
}  # fmt: skip
