"""Documents: QR codes, pictures for phones, PDFs for paper, and the system's seal on them.

Everything here turns plain frozen dataclasses into bytes; nothing reads a store, a clock or a setting. The edge fills the
dataclasses from the contexts' records and puts the bytes away. Refusals are `shared.kernel.errors.Invalid`, their sentences in
`shared/texts/documents.toml`.

    qr.py              the matrix of a code text, and its drawing as SVG
    fonts.py           the two typefaces, and whether they hold a letter
    ticket_png.py      the ticket for phones and mails
    typesetting.py     the kept typst compiler, closed in its own folder
    certificate.py     what stands on a certificate; layouts/*.toml say where
    certificate_pdf.py certificate, verification slip, picture for phones
    pledge_pdf.py      the pledge with its signature grid
    der.py, seal_certificate.py, seal.py, pdf_objects.py   the PAdES seal
    bulk.py            many certificates of one decision, without typst per document
"""
