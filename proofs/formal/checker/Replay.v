(** * Replay: from kept edges to integer matrices, and why that is sound.

    [replay] walks through the layers of a ticket and follows every neuron as an integer combination of
    atoms. A ReLU is the identity on a combination of nonnegative atoms with coefficients >= 0, and zero
    where they are all <= 0; in the layers that are declared as generations every distinct combination
    becomes a new atom. What remains are the matrices of a network with one layer for each layer of the
    target. [replay_sound]: the ticket computes exactly this network, for every input of the domain.

    Much here is a guess that is checked afterwards and needs no proof: the numbers of atoms, the
    partners of a split, the entries of the matrices. *)
Require Import ZArith List Bool Reals Lra Lia Arith FMapPositive.
From Pmone Require Import Sums Probability Network Combinations PrunedLayer.
Import ListNotations.
Local Open Scope nat_scope.

Inductive kind := Plain | Split | Units (us : list nat).
(** the edges are made when the walk comes to them *)
Record layer := Layer { width : nat; kept : unit -> edges; role : kind }.
Definition no_layer := Layer 0 (fun _ => []) Plain.
Definition matrix : Type := list (list Z).

Inductive fault := Edges_wrong | Not_sorted | Unknown_sign | Mixed_signs | Unpaired | Not_a_unit | No_layers.
(** [Bad why r]: what is wrong, at neuron r *)
Inductive outcome (A : Type) := Fine (a : A) | Bad (why : fault) (r : nat).
Arguments Fine {A} a.
Arguments Bad {A} why r.

(** ** tables from numbers *)
Definition table (A : Type) : Type := PositiveMap.t A.
Definition look {A} (none : A) (m : table A) (k : nat) : A :=
  match PositiveMap.find (Pos.of_succ_nat k) m with Some x => x | None => none end.
Definition put {A} (k : nat) (x : A) (m : table A) : table A := PositiveMap.add (Pos.of_succ_nat k) x m.
Definition none {A} : table A := PositiveMap.empty A.
Lemma look_put {A} (d x : A) m k k' : look d (put k x m) k' = if Nat.eqb k' k then x else look d m k'.
Proof.
  unfold look, put. destruct (Nat.eqb_spec k' k) as [->|H].
  - rewrite PositiveMap.gss. auto.
  - rewrite PositiveMap.gso; auto. intros E. apply SuccNat2Pos.inj in E. auto.
Qed.
Fixpoint number_from {A} (k : nat) (l : list A) (m : table A) : table A :=
  match l with [] => m | x :: l' => number_from (S k) l' (put k x m) end.
Definition numbered {A} (l : list A) : table A := number_from 0 l none.
Lemma look_number {A} (d : A) l : forall k m o, look d (number_from k l m) o =
  if (k <=? o) && (o <? k + length l) then nth (o - k) l d else look d m o.
Proof.
  induction l as [|x l IH]; intros k m o; cbn [number_from length].
  - destruct (Nat.leb_spec k o), (Nat.ltb_spec o (k + 0)); cbn [andb]; auto; lia.
  - rewrite IH, look_put.
    destruct (Nat.leb_spec (S k) o), (Nat.ltb_spec o (S k + length l)), (Nat.leb_spec k o),
      (Nat.ltb_spec o (k + S (length l))), (Nat.eqb_spec o k); cbn [andb]; try lia; auto.
    + replace (o - k) with (S (o - S k)) by lia. reflexivity.
    + subst. rewrite Nat.sub_diag. reflexivity.
Qed.
Lemma look_numbered {A} (d : A) l o : o < length l -> look d (numbered l) o = nth o l d.
Proof.
  intros H. unfold numbered. rewrite look_number.
  destruct (Nat.leb_spec 0 o), (Nat.ltb_spec o (0 + length l)); cbn [andb]; try lia.
  rewrite Nat.sub_0_r. reflexivity.
Qed.

(** ** a function on all rows of a state *)
Fixpoint map_rows (f : row -> option row) (why : fault) (st acc : state) : outcome state :=
  match st with
  | [] => Fine (rev_append acc [])
  | (k, r) :: st' => match f r with Some r' => map_rows f why st' ((k, r') :: acc) | None => Bad why k end
  end.
Lemma map_rows_ok f why st st' : map_rows f why st [] = Fine st' ->
  forall c, (get st c = [] /\ get st' c = []) \/ f (get st c) = Some (get st' c).
Proof.
  enough (H : forall st acc st', map_rows f why st acc = Fine st' -> exists l, st' = rev_append acc l /\
    forall c, (get st c = [] /\ get l c = []) \/ f (get st c) = Some (get l c)).
  { intros E. destruct (H _ _ _ E) as [l [-> G]]. exact G. }
  clear. induction st as [|[k r] st IH]; intros acc st' H; cbn [map_rows] in H.
  - injection H as <-. exists []. split; auto.
  - destruct (f r) as [r'|] eqn:F; [|discriminate]. destruct (IH _ _ H) as [l [-> G]].
    exists ((k, r') :: l). split; auto. intros c. cbn [get]. destruct (Nat.eqb k c); auto.
Qed.

(** ** new atoms: each distinct row gets a number, found again by a hash *)
Definition hash (r : row) : positive :=
  let h := fold_left (fun h p => Z.land (h * 1000003 + Z.of_nat (fst p) * 8191 + snd p) 0xFFFFFFFFFF) r 0%Z in
  Z.to_pos (Z.land (Z.lxor h (Z.shiftr h 20)) 0xFFFFF + 1).
Fixpoint index (r : row) (l : list (row * nat)) : option nat :=
  match l with [] => None | (s, k) :: l' => if row_eqb r s then Some k else index r l' end.
Definition bucket (m : PositiveMap.t (list (row * nat))) (h : positive) : list (row * nat) :=
  match PositiveMap.find h m with Some l => l | None => [] end.
(** atoms: how many, by hash, by number *)
Record atoms := Atoms { count : nat; by_hash : PositiveMap.t (list (row * nat)); by_number : table row }.
Definition atom_of (at_ : atoms) (r : row) : option nat := index r (bucket (by_hash at_) (hash r)).
Definition add_atom (at_ : atoms) (r : row) : atoms :=
  let h := hash r in
  let l := bucket (by_hash at_) h in
  match index r l with
  | Some _ => at_
  | None => let k := count at_ in
            Atoms (S k) (PositiveMap.add h ((r, k) :: l) (by_hash at_)) (put k r (by_number at_))
  end.
Definition new_atoms (st : state) : atoms :=
  fold_left (fun at_ p => match snd p with [] => at_ | r => add_atom at_ r end) st
    (Atoms 0 (PositiveMap.empty _) none).
Definition relabel (at_ : atoms) (r : row) : option row :=
  match r with
  | [] => Some []
  | _ => match atom_of at_ r with
         | Some k => if row_eqb (look [] (by_number at_) k) r then Some [(k, 1%Z)] else None
         | None => None
         end
  end.

(** ** a split's rows back over the base *)
(** the atoms relu(c_k u), k = 0, 1, ..., and for each the number of relu(-c_k u), if there is one *)
Record split_atoms := SplitAtoms { rows_of : table row; partner : table (option nat) }.
Definition partners (at_ : atoms) : table (option nat) :=
  let fix go (n k : nat) (m : table (option nat)) : table (option nat) :=
    match n with
    | O => m
    | S n' => go n' (S k) (put k (atom_of at_ (rneg (look [] (by_number at_) k))) m)
    end in go (count at_) 0 none.
Section Linear.
Variable sp : split_atoms.
Definition partner_of (k : nat) : option nat :=
  match look None (partner sp) k with
  | Some k' => if row_eqb (look [] (rows_of sp) k') (rneg (look [] (rows_of sp) k)) then Some k' else None
  | None => None
  end.
Fixpoint swapped (r : row) : option (list row) :=
  match r with
  | [] => Some []
  | (k, z) :: r' =>
    match partner_of k, swapped r' with Some k', Some l => Some ([(k', z)] :: l) | _, _ => None end
  end.
Definition halve (r : row) : option row :=
  if forallb (fun p => Z.even (snd p)) r then Some (map (fun p => (fst p, Z.div2 (snd p))) r) else None.
Definition composed (r : row) : row := total (map (fun p => rscale (snd p) (look [] (rows_of sp) (fst p))) r).
Definition lin (r : row) : option row :=
  match swapped r with
  | Some l => match radd r (total l) with [] => halve (composed r) | _ => None end
  | None => None
  end.
End Linear.
Definition linear (split : option split_atoms) (st : state) : outcome state :=
  match split with None => Fine st | Some sp => map_rows (lin sp) Unpaired st [] end.

(** ** the target's matrices *)
(** a unit of the target layer before: free where it is zero or another unit has its atom; else the
    owner of its atom, with the other units that have it *)
Inductive unit_kind := Free | Owner (atom : nat) (others : list nat).
Definition unit_kinds (units : list row) : list unit_kind :=
  let owners := snd (fold_left (fun s r => let '(o, m) := s in
    (S o, match r with (k, _) :: _ => put k (o :: look [] m k) m | [] => m end)) units (0, none)) in
  snd (fold_left (fun s r => let '(o, l) := s in
    (o - 1, match r with
      | (k, _) :: _ => match look [] owners k with
                       | o' :: others => if Nat.eqb o o' then Owner k others else Free
                       | [] => Free
                       end
      | [] => Free
      end :: l)) (rev_append units []) (length units - 1, [])).
Definition any_free (ks : list unit_kind) : bool :=
  existsb (fun k => match k with Free => true | Owner _ _ => false end) ks.
Definition propose (ks : list unit_kind) (fills : list Z) (r : row) : list Z :=
  let m := fold_left (fun m p => put (fst p) (snd p) m) r none in
  let fix go (ks : list unit_kind) (fs : list Z) : list Z :=
    match ks with
    | [] => []
    | k :: ks' =>
      match k with
      | Free => hd 0%Z fs
      | Owner a others => fold_left (fun z o => (z - nth o fills 0)%Z) others (look 0%Z m a)
      end :: go ks' (tl fs)
    end in go ks fills.
(** the combination that the row v of a matrix is, its units being combinations of atoms *)
Fixpoint terms (units : table row) (o : nat) (v : list Z) : list row :=
  match v with
  | [] => []
  | z :: v' => if Z.eqb z 0 then terms units (S o) v' else rscale z (look [] units o) :: terms units (S o) v'
  end.
Definition row_ok (d : nat) (units : table row) (r : row) (v : list Z) : bool :=
  Nat.eqb (length v) d && row_eqb r (total (terms units 0 v)).
(** the matrix with one row for each of these neurons *)
Fixpoint matrix_of (d : nat) (units : table row) (ks : list unit_kind) (fill : nat -> list Z) (st : state)
  (neurons : list nat) (o : nat) (acc : matrix) : outcome matrix :=
  match neurons with
  | [] => Fine (rev_append acc [])
  | n :: neurons' =>
    let r := get st n in
    let v := propose ks (if any_free ks then fill o else []) r in
    if row_ok d units r v then matrix_of d units ks fill st neurons' (S o) (v :: acc) else Bad Not_a_unit n
  end.

(** ** the walk *)
(** done: the matrices so far, the last one first. units: what the units of the last target layer are,
    over the base. pos: whether the atoms are known to be nonnegative. *)
Record walk := Walk { rows : state; split : option split_atoms; pos : bool; units : list row; done : list matrix }.

Definition dim (d0 : nat) (done : list matrix) : nat := match done with [] => d0 | V :: _ => length V end.

Section Replay.
Variable sg : nat -> nat -> nat -> bool.                  (* layer, source, target *)
Variable sgs : nat -> nat -> list nat -> list bool.
Hypothesis sgs_ok : forall t c ts, sgs t c ts = map (sg t c) ts.
Variables (d0 : nat) (nonneg : bool) (layers : list layer).
Variable fill : nat -> nat -> list Z.                     (* what free entries are, by target layer and row *)

Definition inputs : list row := map (fun j => [(j, 1%Z)]) (seq 0 d0).
Fixpoint neurons_from (k : nat) (l : list row) : state :=
  match l with [] => [] | r :: l' => (k, r) :: neurons_from (S k) l' end.
Definition start : walk := Walk (neurons_from 0 inputs) None nonneg inputs [].

Definition plain (r : row) : option row :=
  if all_nonneg r then Some r else if all_nonpos r then Some [] else None.
Definition finish_matrix (w : walk) (st : state) (neurons : list nat) : outcome matrix :=
  let i := length (done w) in
  matrix_of (dim d0 (done w)) (numbered (units w)) (unit_kinds (units w)) (fill i) st neurons 0 [].
Definition step (t n : nat) (w : walk) (l : layer) : outcome walk :=
  let E := kept l tt in
  if edges_ok n (width l) E then
    let pre := preactivations (sgs t) (rows w) E in
    if sorted (rows w) && sorted pre then
      match role l with
      | Plain =>
        if pos w || match pre with [] => true | _ => false end then
          match map_rows plain Mixed_signs pre [] with
          | Fine st => Fine (Walk st (split w) (pos w) (units w) (done w))
          | Bad why r => Bad why r
          end
        else Bad Unknown_sign (match pre with [] => 0 | (r, _) :: _ => r end)
      | Split =>
        match linear (split w) pre with
        | Bad why r => Bad why r
        | Fine st =>
          let at_ := new_atoms st in
          match map_rows (relabel at_) Not_sorted st [] with
          | Bad why r => Bad why r
          | Fine st' => Fine (Walk st' (Some (SplitAtoms (by_number at_) (partners at_))) true (units w) (done w))
          end
        end
      | Units us =>
        match linear (split w) pre with
        | Bad why r => Bad why r
        | Fine st =>
          match finish_matrix w st us with
          | Bad why r => Bad why r
          | Fine V =>
            match map_rows (relabel (new_atoms st)) Not_sorted st [] with
            | Bad why r => Bad why r
            | Fine st' => Fine (Walk st' None true (map (get st') us) (V :: done w))
            end
          end
        end
      end
    else Bad Not_sorted 0
  else Bad Edges_wrong 0.
Definition last_step (t n : nat) (w : walk) (l : layer) : outcome (list matrix) :=
  let E := kept l tt in
  if edges_ok n (width l) E then
    let pre := preactivations (sgs t) (rows w) E in
    if sorted (rows w) && sorted pre then
      match linear (split w) pre with
      | Bad why r => Bad why r
      | Fine st =>
        match finish_matrix w st (seq 0 (width l)) with
        | Bad why r => Bad why r
        | Fine V => Fine (V :: done w)
        end
      end
    else Bad Not_sorted 0
  else Bad Edges_wrong 0.
(** the matrices, the last one first; or the layer (from 1) and the neuron where the walk fails *)
Fixpoint walk_on (t n : nat) (w : walk) (ls : list layer) : nat * outcome (list matrix) :=
  match ls with
  | [] => (t, Bad No_layers 0)
  | [l] => (S t, last_step t n w l)
  | l :: ls' =>
    match step t n w l with
    | Fine w' => walk_on (S t) (width l) w' ls'
    | Bad why r => (S t, Bad why r)
    end
  end.
Definition replay : nat * outcome (list matrix) := walk_on 0 d0 start layers.

(** ** what it means *)
Definition wd (t : nat) : nat := match t with O => d0 | S t' => width (nth t' layers no_layer) end.
Definition signs_of : coord -> bool := fun c => let '(t, r, c) := c in sg t c r.
Definition mask : coord -> bool := fun c => let '(t, r, c) := c in keeps (kept (nth t layers no_layer) tt) r c.
Definition entries (V : matrix) : mat := fun r c => IZR (nth c (nth r V []) 0%Z).

Local Open Scope R_scope.
Variable x : vec.
(** the hidden activations of the network with these matrices, the last one first *)
Fixpoint hidden (Vs : list matrix) : vec :=
  match Vs with [] => x | V :: Vs' => vrelu (mv (dim d0 Vs') (entries V) (hidden Vs')) end.

Lemma linear_values sp u r r' : lin sp r = Some r' ->
  ev (fun k => relu (ev u (look [] (rows_of sp) k))) r = ev u r'.
Proof.
  unfold lin. set (a := fun k => relu (ev u (look [] (rows_of sp) k))).
  destruct (swapped sp r) as [l|] eqn:S; [|discriminate].
  destruct (radd r (total l)) eqn:A; [|discriminate]. intros H.
  assert (H2 : ev u (composed sp r) = 2 * ev u r').
  { revert H. unfold halve. generalize (composed sp r) as s. clear. intros s.
    destruct (forallb _ s) eqn:F; [|discriminate]. intros H. injection H as <-.
    induction s as [|[k z] s IH]; cbn [map]; [rewrite !ev_nil; lra|].
    cbn [forallb snd] in F. apply andb_true_iff in F as [F1 F2].
    rewrite !ev_cons, IH by auto. cbn [fst snd]. rewrite (Zeven_div2 z) at 1 by (apply Zeven_bool_iff; auto).
    rewrite mult_IZR. lra. }
  unfold composed in H2. rewrite total_ok in H2.
  assert (Z0 : ev a r + many a l = 0) by (rewrite <- total_ok, <- radd_ok, A; apply ev_nil).
  enough (ev a r - many a l = many u (map (fun p => rscale (snd p) (look [] (rows_of sp) (fst p))) r)) by lra.
  clear A H H2 Z0. revert l S. induction r as [|[k z] r IH]; intros l S; cbn [swapped] in S.
  - injection S as <-. cbn. lra.
  - destruct (partner_of sp k) as [k'|] eqn:P; [|discriminate].
    destruct (swapped sp r) as [l'|]; [|discriminate]. injection S as <-.
    specialize (IH l' eq_refl). unfold many in *. cbn [map rsum fst snd].
    rewrite !ev_cons, ev_nil, rscale_ok.
    unfold partner_of in P. destruct (look None (partner sp) k) as [k''|]; [|discriminate].
    destruct (row_eqb _ _) eqn:E; [|discriminate]. injection P as ->. apply row_eqb_eq in E.
    pose proof (relu_split (ev u (look [] (rows_of sp) k))) as RS.
    assert (a k - a k' = ev u (look [] (rows_of sp) k)) by (unfold a; rewrite E, rneg_ok; auto).
    nra.
Qed.
Definition atom_value (split : option split_atoms) (u : nat -> R) : nat -> R :=
  match split with None => u | Some sp => fun k => relu (ev u (look [] (rows_of sp) k)) end.
Lemma linear_ok split st st' u c : linear split st = Fine st' ->
  ev u (get st' c) = ev (atom_value split u) (get st c).
Proof.
  destruct split as [sp|]; cbn [linear atom_value]; intros H; [|injection H as <-; auto].
  destruct (map_rows_ok _ _ _ _ H c) as [[-> ->]|G]; [rewrite !ev_nil; auto|].
  symmetry. apply linear_values. auto.
Qed.
Lemma relabel_ok at_ why st st' u c : map_rows (relabel at_) why st [] = Fine st' ->
  ev (fun k => relu (ev u (look [] (by_number at_) k))) (get st' c) = relu (ev u (get st c)).
Proof.
  assert (R0 : relu 0 = 0) by (unfold relu; apply Rmax_left; lra).
  intros H. destruct (map_rows_ok _ _ _ _ H c) as [[-> ->]|G]; [rewrite !ev_nil; auto|].
  destruct (get st c) as [|p r]; cbn [relabel] in G.
  - injection G as <-. rewrite !ev_nil. auto.
  - destruct (atom_of _ _) as [k|]; [|discriminate].
    destruct (row_eqb _ (p :: r)) eqn:E; [|discriminate]. injection G as <-. apply row_eqb_eq in E.
    rewrite ev_single, E. reflexivity.
Qed.
Lemma terms_ok u units h v : forall o d, (o + length v <= d)%nat ->
  (forall k, (k < d)%nat -> ev u (look [] units k) = h k) ->
  many u (terms units o v) = rsum (fun c => IZR (nth c v 0%Z) * h (o + c)%nat) (seq 0 (length v)).
Proof.
  unfold many. induction v as [|z v IH]; intros o d Hd Hh; cbn [terms length]; [reflexivity|].
  cbn [length] in Hd. cbn [seq rsum nth]. rewrite seq_shift_S, rsum_map, Nat.add_0_r.
  rewrite (rsum_ext (fun a => IZR (nth (S a) (z :: v) 0%Z) * h (o + S a)%nat)
    (fun c => IZR (nth c v 0%Z) * h (S o + c)%nat)) by (intros; cbn [nth]; do 2 f_equal; lia).
  rewrite <- (IH (S o) d) by (auto; lia). destruct (Z.eqb_spec z 0) as [->|_]; [lra|].
  cbn [rsum]. rewrite rscale_ok, Hh by lia. reflexivity.
Qed.
Lemma matrix_ok d units ks f st u h V : (forall o, (o < d)%nat -> ev u (look [] units o) = h o) ->
  forall neurons o acc, matrix_of d units ks f st neurons o acc = Fine V ->
  length V = (length acc + length neurons)%nat /\
  forall r, (r < length V)%nat -> (length acc <= r)%nat ->
    ev u (get st (nth (r - length acc) neurons 0%nat)) = mv d (entries V) h r.
Proof.
  intros Hh.
  enough (G : forall neurons o acc, matrix_of d units ks f st neurons o acc = Fine V ->
    exists V', V = rev_append acc V' /\ length V' = length neurons /\ forall r, (r < length V')%nat ->
      length (nth r V' []) = d /\ ev u (get st (nth r neurons 0%nat)) = many u (terms units 0 (nth r V' []))).
  { intros neurons o acc H. destruct (G _ _ _ H) as (V' & E & L & Q). rewrite rev_append_rev in E.
    assert (LV : length V = (length acc + length neurons)%nat) by (rewrite E, app_length, rev_length; lia).
    split; auto. intros r Hr Ha. destruct (Q (r - length acc)%nat ltac:(lia)) as [Q1 Q2].
    rewrite Q2, (terms_ok u units h _ 0 d) by (auto; lia). rewrite Q1. unfold mv, entries.
    apply rsum_ext. intros c _. rewrite E, app_nth2, rev_length by (rewrite rev_length; lia). reflexivity. }
  induction neurons as [|n neurons IH]; intros o acc H; cbn [matrix_of] in H.
  - injection H as <-. exists []. rewrite !rev_append_rev, !app_nil_r. repeat split; intros; cbn in *; lia.
  - destruct (row_ok _ _ _ _) eqn:R; [|discriminate]. destruct (IH _ _ H) as (V' & -> & L & Q).
    exists (propose ks (if any_free ks then f o else []) (get st n) :: V').
    split; [reflexivity|]. split; [cbn; lia|]. unfold row_ok in R. apply andb_true_iff in R as [R1 R2].
    apply Nat.eqb_eq in R1. apply row_eqb_eq in R2.
    intros [|r] Hr; cbn [nth]; [|apply Q; cbn in Hr; lia]. split; auto. rewrite R2 at 1. apply total_ok.
Qed.

(** *** the invariant *)
Definition inv (t : nat) (w : walk) : Prop := exists u : nat -> R,
  (forall c, (c < wd t)%nat -> hid wd (pruned signs_of mask) x t c = ev (atom_value (split w) u) (get (rows w) c)) /\
  (pos w = true -> forall k, 0 <= atom_value (split w) u k) /\
  (forall o, (o < dim d0 (done w))%nat -> ev u (look [] (numbered (units w)) o) = hidden (done w) o).

Lemma pre_ok t w u l r : nth t layers no_layer = l -> edges_ok (wd t) (width l) (kept l tt) = true ->
  sorted (rows w) && sorted (preactivations (sgs t) (rows w) (kept l tt)) = true ->
  (forall c, (c < wd t)%nat -> hid wd (pruned signs_of mask) x t c = ev (atom_value (split w) u) (get (rows w) c)) ->
  mv (wd t) (pruned signs_of mask t) (hid wd (pruned signs_of mask) x t) r =
  ev (atom_value (split w) u) (get (preactivations (sgs t) (rows w) (kept l tt)) r).
Proof.
  intros E H1 H2 H3. apply andb_true_iff in H2 as [H2 H4]. symmetry.
  rewrite (preactivations_ok (sg t) (sgs t) (sgs_ok t) _ _ _ (wd t) (width l) _ (hid wd (pruned signs_of mask) x t)); auto.
  unfold mv, pruned, signs_of, mask. rewrite E. reflexivity.
Qed.
Lemma finish_matrix_ok w st us V u : finish_matrix w st us = Fine V ->
  (forall o, (o < dim d0 (done w))%nat -> ev u (look [] (numbered (units w)) o) = hidden (done w) o) ->
  length V = length us /\ forall o, (o < length V)%nat ->
    ev u (get st (nth o us 0%nat)) = mv (dim d0 (done w)) (entries V) (hidden (done w)) o.
Proof.
  unfold finish_matrix. intros H Hh. destruct (matrix_ok _ _ _ _ _ _ _ _ Hh _ _ _ H) as [L Q].
  cbn [length] in *. split; [lia|]. intros o Ho. specialize (Q o Ho ltac:(lia)).
  rewrite Nat.sub_0_r in Q. exact Q.
Qed.
Lemma step_ok t w w' l : nth t layers no_layer = l -> inv t w -> step t (wd t) w l = Fine w' -> inv (S t) w'.
Proof.
  intros E (u & I1 & I2 & I3) H. unfold step in H.
  destruct (edges_ok _ _ _) eqn:HE; [|discriminate].
  destruct (sorted _ && sorted _) eqn:HS; [|discriminate].
  pose proof (fun r => pre_ok t w u l r E HE HS I1) as P.
  set (pre := preactivations (sgs t) (rows w) (kept l tt)) in *.
  destruct (role l) as [| |us].
  - destruct (pos w || _) eqn:B; [|discriminate].
    destruct (map_rows plain _ _ _) as [st|] eqn:M; [|discriminate]. injection H as <-.
    exists u. cbn [rows split pos units done]. split; [|split; auto].
    intros c _. cbn [hid]. unfold vrelu. rewrite P.
    assert (R0 : relu 0 = 0) by (unfold relu; apply Rmax_left; lra).
    destruct (map_rows_ok _ _ _ _ M c) as [[-> ->]|G]; [rewrite !ev_nil; auto|].
    apply orb_true_iff in B as [B|B].
    + unfold plain in G. destruct (all_nonneg _) eqn:NN.
      * injection G as <-. apply relu_id, nonneg_ok; auto.
      * destruct (all_nonpos _) eqn:NP; [|discriminate]. injection G as <-. rewrite ev_nil.
        unfold relu. apply Rmax_left. apply nonpos_ok; auto.
    + destruct pre; [|discriminate]. cbn in G. injection G as <-. rewrite !ev_nil. auto.
  - destruct (linear _ _) as [st|] eqn:L; [|discriminate].
    destruct (map_rows _ _ _ _) as [st'|] eqn:R; [|discriminate]. injection H as <-.
    exists u. cbn [rows split pos units done atom_value rows_of].
    split; [|split; auto; intros; apply relu_nonneg]. intros c _. cbn [hid]. unfold vrelu. rewrite P.
    rewrite <- (linear_ok _ _ _ u _ L). symmetry. apply (relabel_ok _ _ _ _ u _ R).
  - destruct (linear _ _) as [st|] eqn:L; [|discriminate].
    destruct (finish_matrix _ _ _) as [V|] eqn:F; [|discriminate].
    destruct (map_rows _ _ _ _) as [st'|] eqn:R; [|discriminate]. injection H as <-.
    exists (fun k => relu (ev u (look [] (by_number (new_atoms st)) k))).
    cbn [rows split pos units done atom_value].
    split; [|split; [intros; apply relu_nonneg|]].
    + intros c _. cbn [hid]. unfold vrelu. rewrite P. rewrite <- (linear_ok _ _ _ u _ L).
      symmetry. apply (relabel_ok _ _ _ _ u _ R).
    + intros o Ho. destruct (finish_matrix_ok _ _ _ _ u F I3) as [M1 M2]. cbn [dim] in Ho.
      rewrite look_numbered by (rewrite map_length; lia).
      rewrite (nth_indep _ [] (get st' 0%nat)) by (rewrite map_length; lia). rewrite (map_nth (get st')).
      rewrite (relabel_ok _ _ _ _ u _ R). cbn [hidden]. unfold vrelu. rewrite M2 by auto. reflexivity.
Qed.
Lemma last_ok t w l Vs : nth t layers no_layer = l -> inv t w -> last_step t (wd t) w l = Fine Vs ->
  exists V, Vs = V :: done w /\ width l = length V /\ forall o, (o < length V)%nat ->
  mv (wd t) (pruned signs_of mask t) (hid wd (pruned signs_of mask) x t) o =
  mv (dim d0 (done w)) (entries V) (hidden (done w)) o.
Proof.
  intros E (u & I1 & I2 & I3) H. unfold last_step in H.
  destruct (edges_ok _ _ _) eqn:HE; [|discriminate].
  destruct (sorted _ && sorted _) eqn:HS; [|discriminate].
  pose proof (fun r => pre_ok t w u l r E HE HS I1) as P.
  destruct (linear _ _) as [st|] eqn:L; [|discriminate].
  destruct (finish_matrix _ _ _) as [V|] eqn:F; [|discriminate]. injection H as <-.
  destruct (finish_matrix_ok _ _ _ _ u F I3) as [M1 M2]. rewrite seq_length in M1.
  exists V. repeat split; auto. intros o Ho. rewrite P, <- (linear_ok _ _ _ u _ L), <- M2 by auto.
  rewrite seq_nth by lia. reflexivity.
Qed.
Lemma start_ok : (nonneg = true -> forall j, (j < d0)%nat -> 0 <= x j) -> inv 0 start.
Proof.
  intros Hx. exists (fun k => if (k <? d0)%nat then x k else 0).
  cbn [start rows split pos units done atom_value dim wd hidden hid].
  assert (U : forall o, (o < d0)%nat -> ev (fun k => if (k <? d0)%nat then x k else 0) [(o, 1%Z)] = x o).
  { intros o Ho. rewrite ev_single. destruct (Nat.ltb_spec o d0); [auto|lia]. }
  assert (N : forall o, (o < d0)%nat -> nth o inputs [] = [(o, 1%Z)]).
  { intros o Ho. unfold inputs. rewrite (nth_indep _ [] [(0%nat, 1%Z)]) by (rewrite map_length, seq_length; auto).
    rewrite (map_nth (fun j => [(j, 1%Z)])), seq_nth by auto. reflexivity. }
  assert (G : forall l k c, get (neurons_from k l) c = if (k <=? c)%nat then nth (c - k) l [] else []).
  { induction l as [|r l IH]; intros k c; cbn [neurons_from get].
    - destruct (k <=? c)%nat; auto. destruct (c - k)%nat; auto.
    - rewrite IH. destruct (Nat.eqb_spec k c) as [->|Hk].
      + rewrite Nat.leb_refl, Nat.sub_diag. auto.
      + destruct (Nat.leb_spec (S k) c), (Nat.leb_spec k c); try lia; auto.
        replace (c - k)%nat with (S (c - S k)) by lia. auto. }
  repeat split.
  - intros c Hc. rewrite G. cbn [Nat.leb]. rewrite Nat.sub_0_r, N, U by auto. auto.
  - intros Hn k. destruct (Nat.ltb_spec k d0); [apply Hx; auto|lra].
  - intros o Ho. rewrite look_numbered by (unfold inputs; rewrite map_length, seq_length; auto).
    rewrite N, U by auto. auto.
Qed.
(** the ticket computes the network with the matrices that the walk returns *)
Lemma walk_sound t Vs : replay = (t, Fine Vs) -> (nonneg = true -> forall j, (j < d0)%nat -> 0 <= x j) ->
  exists V Vs', Vs = V :: Vs' /\ wd (length layers) = length V /\ forall o, (o < length V)%nat ->
  net wd (pruned signs_of mask) (length layers) x o = mv (dim d0 Vs') (entries V) (hidden Vs') o.
Proof.
  intros H Hx. unfold replay in H. pose proof (start_ok Hx) as I.
  enough (Q : forall ls pre t w, layers = pre ++ ls -> length pre = t -> inv t w ->
     forall t', walk_on t (wd t) w ls = (t', Fine Vs) ->
     exists V Vs', Vs = V :: Vs' /\ wd (length layers) = length V /\ forall o, (o < length V)%nat ->
     net wd (pruned signs_of mask) (length layers) x o = mv (dim d0 Vs') (entries V) (hidden Vs') o).
  { apply (Q layers [] 0%nat start eq_refl eq_refl I t). exact H. }
  clear H I. induction ls as [|l ls IH]; intros pre t0 w EL Lt I t' H; cbn [walk_on] in H; [discriminate|].
  assert (En : nth t0 layers no_layer = l).
  { rewrite EL, <- Lt. rewrite app_nth2, Nat.sub_diag by lia. reflexivity. }
  destruct ls as [|l' ls].
  - injection H as <- H. destruct (last_ok t0 w l Vs En I H) as (V & -> & W & Q).
    assert (LL : length layers = S t0) by (rewrite EL, app_length; cbn; lia).
    exists V, (done w). split; auto. rewrite LL. cbn [wd]. rewrite En. split; auto.
    unfold net. rewrite Nat.sub_succ, Nat.sub_0_r. auto.
  - destruct (step t0 (wd t0) w l) as [w'|] eqn:ST; [|discriminate].
    apply (IH (pre ++ [l]) (S t0) w') with (t' := t').
    + rewrite <- app_assoc. auto.
    + rewrite app_length. cbn. lia.
    + apply (step_ok t0 w w' l); auto.
    + cbn [wd]. rewrite En. auto.
Qed.
End Replay.

(** ** the network with the matrices Vs *)
Definition dims (d0 : nat) (Vs : list matrix) (i : nat) : nat :=
  match i with O => d0 | S i' => length (nth i' Vs []) end.
Definition layers_of (Vs : list matrix) (i : nat) : mat := entries (nth i Vs []).
Local Open Scope R_scope.
Lemma hidden_hid d0 x Vs i : (i <= length Vs)%nat ->
  dim d0 (rev (firstn i Vs)) = dims d0 Vs i /\
  forall o, hidden d0 x (rev (firstn i Vs)) o = hid (dims d0 Vs) (layers_of Vs) x i o.
Proof.
  assert (F : forall (Ws : list matrix) i, (i < length Ws)%nat -> firstn (S i) Ws = firstn i Ws ++ [nth i Ws []]).
  { induction Ws as [|W Ws IH]; intros [|j] H; cbn in H; try lia; [reflexivity|].
    cbn [firstn nth app]. f_equal. apply IH. lia. }
  induction i as [|i IH]; intros Hi; [split; reflexivity|].
  destruct (IH ltac:(lia)) as [D H]. rewrite F, rev_app_distr by lia. cbn [rev app]. split; [reflexivity|].
  intros o. cbn [hidden hid]. unfold vrelu. f_equal. rewrite D. apply mv_ext; auto.
Qed.
(** Proposition 1: what the replay returns is what the ticket computes *)
Theorem replay_sound sg sgs d0 nonneg layers fill t Vs x :
  (forall t c ts, sgs t c ts = map (sg t c) ts) ->
  replay sgs d0 nonneg layers fill = (t, Fine Vs) ->
  (nonneg = true -> forall j, (j < d0)%nat -> 0 <= x j) ->
  let V := rev Vs in
  wd d0 layers (length layers) = dims d0 V (length V) /\ (1 <= length V)%nat /\
  forall o, (o < dims d0 V (length V))%nat ->
  net (wd d0 layers) (pruned (signs_of sg) (mask layers)) (length layers) x o =
  net (dims d0 V) (layers_of V) (length V) x o.
Proof.
  intros S H Hx V. destruct (walk_sound sg sgs S d0 nonneg layers fill x t Vs H Hx) as (V1 & Vs' & -> & W & Q).
  unfold V. cbn [rev]. set (l := rev Vs').
  assert (L : length (l ++ [V1]) = Datatypes.S (length l)) by (rewrite app_length; cbn; lia).
  assert (N : nth (length l) (l ++ [V1]) [] = V1) by (rewrite app_nth2, Nat.sub_diag by lia; reflexivity).
  rewrite L. cbn [dims]. rewrite N. split; [auto|]. split; [lia|]. intros o Ho. rewrite Q by auto.
  unfold net. rewrite Nat.sub_succ, Nat.sub_0_r.
  destruct (hidden_hid d0 x (l ++ [V1]) (length l) ltac:(lia)) as [D E].
  rewrite firstn_app, firstn_all, Nat.sub_diag in D, E. cbn [firstn] in D, E.
  rewrite app_nil_r in D, E. unfold l in D, E. rewrite rev_involutive in D, E. fold l in D, E.
  rewrite D. unfold layers_of at 1. rewrite N. apply mv_ext; auto.
Qed.
