"""Documents: QR codes, pictures for phones, PDFs for paper, and the system's seal on them.

Everything here turns plain frozen dataclasses into bytes; nothing reads a store, a clock or a setting. The edge fills the
dataclasses from the contexts' records and puts the bytes away. Refusals are `shared.kernel.errors.Invalid`, their sentences in
`shared/texts/documents.toml`.

    qr.py              the matrix of a code text, and its drawing as SVG
    fonts.py           the two typefaces: which letters they hold, how wide they are (font_tables.py reads them)
    ticket_png.py      the ticket for phones and mails (palette_drawing.py: text in palettes)
    typesetting.py     the kept typst compiler, closed in its own folder typst/
    certificate.py     what stands on a certificate; layouts/*.toml say where; compose.py breaks and places its lines
    certificate_pdf.py certificate, overlay and verification slip by typst; certificate_png.py the picture for phones
    bulk.py            many certificates of one decision, without typst per document (bulk_prefix.py: what they share)
    pledge_pdf.py      the pledge with its signature grid (pledge.py: what stands on it)
    seal.py            the PAdES seal: seal_stamp.py what it shows, cms.py and der.py its signature, seal_certificate.py its
                       certificate, pdf_objects.py the PDF it is written into
    dates.py, wording.py   dates as papers write them, fixed words from the catalogue
    table_export.py    lists as offices open them: XLSX and CSV in which no cell computes
    workbook.py, delimited.py, spreadsheet_process.py   lists as offices send them, read in a process of their own
"""
