(* Strict JSON (RFC 8259), no key twice in one object. Numbers stay text. *)

type t =
  | Null
  | Bool of bool
  | Number of string
  | String of string
  | List of t list
  | Object of (string * t) list

let fail fault = Malformed.malformed "header" ("not JSON (" ^ fault ^ ")")
let deepest = 500

let utf8 buffer code =
  if code >= 0xD800 && code < 0xE000 then
    (* a lone surrogate: it can be in no name that matters; keep it apart from all other texts *)
    Buffer.add_string buffer (Printf.sprintf "\xFF%04x" code)
  else Buffer.add_utf_8_uchar buffer (Uchar.of_int code)

let parse text =
  let n = String.length text in
  let at = ref 0 in
  let peek () = if !at < n then text.[!at] else '\000' in
  let skip () =
    while !at < n && (match text.[!at] with ' ' | '\t' | '\n' | '\r' -> true | _ -> false) do incr at done
  in
  let expect c = if !at < n && text.[!at] = c then incr at else fail (Printf.sprintf "expected %C at %d" c !at) in
  let word w value =
    let l = String.length w in
    if !at + l <= n && String.sub text !at l = w then (at := !at + l; value) else fail "unknown word"
  in
  let digits () =
    let start = !at in
    while (match peek () with '0' .. '9' -> true | _ -> false) do incr at done;
    if !at = start then fail "expected a digit"
  in
  let number () =
    let start = !at in
    if peek () = '-' then incr at;
    if peek () = '0' then incr at else digits ();
    if peek () = '.' then (incr at; digits ());
    (match peek () with
     | 'e' | 'E' ->
       incr at;
       (match peek () with '+' | '-' -> incr at | _ -> ());
       digits ()
     | _ -> ());
    if !at - start > 4300 then fail "a number is too long";
    Number (String.sub text start (!at - start))
  in
  let hex () =
    if !at + 4 > n then fail "unfinished escape";
    let code = ref 0 in
    for _ = 1 to 4 do
      let c = text.[!at] in
      let d = match c with
        | '0' .. '9' -> Char.code c - 48
        | 'a' .. 'f' -> Char.code c - 87
        | 'A' .. 'F' -> Char.code c - 55
        | _ -> fail "bad escape" in
      code := (16 * !code) + d;
      incr at
    done;
    !code
  in
  let str () =
    expect '"';
    let buffer = Buffer.create 16 in
    let rec go () =
      if !at >= n then fail "unfinished text";
      let c = text.[!at] in
      incr at;
      match c with
      | '"' -> Buffer.contents buffer
      | '\\' ->
        let e = peek () in
        incr at;
        (match e with
         | '"' | '\\' | '/' -> Buffer.add_char buffer e
         | 'b' -> Buffer.add_char buffer '\b'
         | 'f' -> Buffer.add_char buffer '\012'
         | 'n' -> Buffer.add_char buffer '\n'
         | 'r' -> Buffer.add_char buffer '\r'
         | 't' -> Buffer.add_char buffer '\t'
         | 'u' ->
           let code = hex () in
           if code >= 0xD800 && code < 0xDC00 && !at + 6 <= n && text.[!at] = '\\' && text.[!at + 1] = 'u' then begin
             let back = !at in
             at := !at + 2;
             let low = hex () in
             if low >= 0xDC00 && low < 0xE000 then utf8 buffer (0x10000 + ((code - 0xD800) lsl 10) + (low - 0xDC00))
             else (at := back; utf8 buffer code)
           end else utf8 buffer code
         | _ -> fail "bad escape");
        go ()
      | c when Char.code c < 32 -> fail "control character in text"
      | c -> Buffer.add_char buffer c; go ()
    in
    go ()
  in
  let rec value depth =
    if depth > deepest then fail "nested too deeply";
    skip ();
    let found = match peek () with
      | '{' ->
        incr at; skip ();
        if peek () = '}' then (incr at; Object [])
        else
          let seen = Hashtbl.create 16 in
          let rec members acc =
            skip ();
            let key = str () in
            if Hashtbl.mem seen key then Malformed.malformed "header" "a key occurs twice in one JSON object";
            Hashtbl.add seen key ();
            skip (); expect ':';
            let member = (key, value (depth + 1)) in
            skip ();
            if peek () = ',' then (incr at; members (member :: acc))
            else (expect '}'; Object (List.rev (member :: acc)))
          in
          members []
      | '[' ->
        incr at; skip ();
        if peek () = ']' then (incr at; List [])
        else
          let rec items acc =
            let item = value (depth + 1) in
            skip ();
            if peek () = ',' then (incr at; items (item :: acc))
            else (expect ']'; List (List.rev (item :: acc)))
          in
          items []
      | '"' -> String (str ())
      | 't' -> word "true" (Bool true)
      | 'f' -> word "false" (Bool false)
      | 'n' -> word "null" Null
      | '-' | '0' .. '9' -> number ()
      | _ -> fail (Printf.sprintf "unexpected character at %d" !at)
    in
    skip ();
    found
  in
  let found = value 0 in
  if !at < n then fail "something after its end";
  found

let quote text =
  let buffer = Buffer.create 32 in
  Buffer.add_char buffer '"';
  String.iter (fun c ->
      match c with
      | '"' | '\\' -> Buffer.add_char buffer '\\'; Buffer.add_char buffer c
      | c when Char.code c < 32 || Char.code c > 126 -> Buffer.add_string buffer (Printf.sprintf "\\u%04x" (Char.code c))
      | c -> Buffer.add_char buffer c) text;
  Buffer.add_char buffer '"';
  Buffer.contents buffer
