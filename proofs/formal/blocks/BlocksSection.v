(** * BlocksSection (B1, B2, B3): what construction B's pruned layers compute.

    Fix good signs [w], integer matrices V_i with |V_i| <= 2^p and an input x. [Bmask] keeps the
    needed edges of every live neuron and, into candidate r, the edge of one live copy of 2^b u_j,
    with the sign of V_oj, for every set bit b of |V_oj|. (The program keeps only the edges of
    those live neurons that are used; the others feed nothing.)
    - [B1_scalar]: the set bits of |V| with the sign of V give V u; [B1_wires]: live neurons of
      block (j, b) hold 2^b u_j.
    - [B2_neuron]: a read-out neuron computes relu of the sum of V_oj u_j.
    - [B3_section]: a section computes relu(V u), and the last one V u; [B3_exact]: the ticket
      computes the quantized network.
    - [blocks_contain]: with Q1 and H1, good signs contain every target. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize.
From Pmone Require Import BlocksPlan.
Import ListNotations.
Open Scope R_scope.

(** ** B1: one weight *)
Definition bit_set (v : Z) (b : nat) : bool := Z.testbit (Z.abs v) (Z.of_nat b).
Definition positive (v : Z) : bool := (0 <=? v)%Z.

Lemma bits_sum q : forall n, (0 <= n < pow2 q)%Z ->
  rsum (fun b => bitR (Z.testbit n (Z.of_nat b)) * 2 ^ b) (seq 0 q) = IZR n.
Proof.
  induction q as [|q IH]; intros n Hn.
  - unfold pow2 in Hn. cbn in *. replace n with 0%Z by lia. auto.
  - cbn [seq rsum pow]. rewrite seq_shift_S, rsum_map.
    rewrite (rsum_ext _ (fun b => 2 * (bitR (Z.testbit (Z.div2 n) (Z.of_nat b)) * 2 ^ b))).
    + pose proof (Z.div2_odd n) as Q. rewrite pow2_S in Hn.
      rewrite rsum_scal, IH by (rewrite Z.div2_div; split; [apply Z.div_pos;
        lia|apply Z.div_lt_upper_bound; lia]).
      cbn [Z.of_nat]. rewrite Z.bit0_odd. rewrite Q at 3. rewrite plus_IZR, mult_IZR.
      destruct (Z.odd n); cbn [bitR Z.b2z]; lra.
    + intros b _. cbn [pow]. rewrite Nat2Z.inj_succ, <- Z.div2_bits, ?Z.div2_div by lia. ring.
Qed.

Theorem B1_scalar p V u : (- pow2 p <= V <= pow2 p)%Z ->
  rsum (fun b => sgR (positive V) * (2 ^ b * u)) (filter (bit_set V) (seq 0 (p + 1))) = IZR V * u.
Proof.
  intros H. pose proof (pow2_pos p) as P.
  rewrite rsum_filter.
  rewrite (rsum_ext _ (fun b =>
    (sgR (positive V) * u) * (bitR (Z.testbit (Z.abs V) (Z.of_nat b)) * 2 ^ b))).
  - rewrite rsum_scal, bits_sum.
    + unfold positive. destruct (Z.leb_spec 0 V); cbn [sgR].
      * rewrite Z.abs_eq by lia. ring.
      * rewrite Z.abs_neq, opp_IZR by lia. ring.
    + rewrite Nat.add_1_r, pow2_S. lia.
  - intros b _. unfold bit_set. ring.
Qed.

(** B2: all inputs of one neuron; [wires] are the pairs (input, power) *)
Lemma rsum_prod {X Y} (f : X * Y -> R) xs ys : rsum f (list_prod xs ys) =
  rsum (fun a => rsum (fun b => f (a, b)) ys) xs.
Proof. induction xs; cbn [list_prod rsum]; auto. rewrite rsum_app, rsum_map, IHxs. auto. Qed.
Theorem B2_sum p n (v : nat -> Z) (u : nat -> R) : (forall j, (j < n)%nat ->
  (- pow2 p <= v j <= pow2 p)%Z) ->
  rsum (fun jb => sgR (positive (v (fst jb))) * (2 ^ snd jb * u (fst jb)))
    (filter (fun jb => bit_set (v (fst jb)) (snd jb)) (list_prod (seq 0 n) (seq 0 (p + 1))))
  = rsum (fun j => IZR (v j) * u j) (seq 0 n).
Proof.
  intros H. rewrite rsum_filter, rsum_prod. apply rsum_ext. intros j Hj. apply in_seq in Hj.
  rewrite <- (B1_scalar p (v j) (u j)) by (apply H; lia). rewrite rsum_filter. auto.
Qed.

Section Values.
Variable T : blocks.
Local Notation dims := (b_dims T).
Local Notation l := (b_l T).
Local Notation p := (b_p T).
Local Notation B := (b_B T).
Local Notation N := (bwidth T).
Local Notation L := (bdepth T).
Local Notation wdb := (wdb T).
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Hroomy : roomy T.
Variable w : signs.
Hypothesis Hblock : forall a, In a (all_blocks T) -> badblock T w a = false.
Hypothesis Hcopy : forall a, In a (all_copies T) -> badcopy T w a = false.
Variable V : nat -> nat -> nat -> Z.
Hypothesis HV : forall i r c, (i < l)%nat -> (r < dims (S i))%nat -> (c < dims i)%nat ->
  (- pow2 p <= V i r c <= pow2 p)%Z.
Variable x : vec.
Local Notation pr t := (pairs T t w).

(** the integer weight from input j to unit o of section i *)
Definition weight (i o j : nat) : Z :=
  if (i =? 0)%nat then (if (j <? dims 0)%nat then V 0%nat o j else Z.opp
    (V 0%nat o (j - dims 0)%nat)) else V i o j.
Lemma weight_range i o j : (i < l)%nat -> (o < bouts T i)%nat -> (j < bins T i)%nat ->
  (- pow2 p <= weight i o j <= pow2 p)%Z.
Proof.
  unfold weight, bins, bouts. intros Hi Ho Hj. destruct (Nat.eqb_spec i 0) as [->|].
  - destruct (Nat.ltb_spec j (dims 0)).
    + apply HV; auto.
    + pose proof (HV 0%nat o (j - dims 0)%nat Hi Ho ltac:(lia)). lia.
  - apply HV; auto.
Qed.

(** the copy of wire (j, b) that candidate r of section i reads *)
Definition copy (i r : nat) (jb : nat * nat) : nat :=
  let t := clock T i (p - 1) in
  pick (fun c =>
    fits (reach T t (pr t) (fst jb) (snd jb) r (positive (weight i (unit_of T i r) (fst jb))) c) w)
       (block T (fst jb) (snd jb)).
Definition used (i r : nat) : list (nat * nat) :=
  filter (fun jb => bit_set (weight i (unit_of T i r) (fst jb)) (snd jb)) (wires T i).
Definition copies (i r : nat) : list nat := map (copy i r) (used i r).

(** the mask *)
Definition Bmask (c : coord) : bool :=
  let '(t, r, cc) := c in
  match phase_of T t with
  | Choose i => mem cc (copies i r)
  | _ => let jb := wire_of T r in
         live T t (pr t) w (fst jb) (snd jb) r && mem cc (map fst
           (need T t (pr t) (fst jb) (snd jb)))
  end.
Definition bact (t : nat) : vec := hid wdb (pruned w Bmask) x t.

Lemma block_wire t j b : In (t, j, b) (all_blocks T) -> (b <= p)%nat.
Proof. intros H. apply in_blocks_inv in H as [(_ & _ & ->)|(i & k & _ & Hk & _ & _ & Hb)]; lia. Qed.
Lemma block_phase t j b : In (t, j, b) (all_blocks T) -> forall i, phase_of T t <> Choose i.
Proof.
  intros H i. apply in_blocks_inv in H as [(-> & _)|(i' & k & _ & Hk & -> & _)]; [discriminate|].
  rewrite phase_expand by auto. discriminate.
Qed.

(** a live neuron adds what it needs, with the signs it needs *)
Lemma live_value t j b r : In (t, j, b) (all_blocks T) -> In r (block T j b) ->
  live T t (pr t) w j b r = true ->
  bact (S t) r = relu (rsum (fun cs => sgR (snd cs) * bact t (fst cs)) (need T t (pr t) j b)).
Proof.
  intros H Hr Hlive. destruct (need_ok T Hroomy t w j b H) as (_ & ND & LT).
  unfold bact at 1. cbn [hid]. unfold vrelu. f_equal.
  rewrite (pruned_row w Bmask t r (wdb t) (map fst (need T t (pr t) j b)) _ ND LT).
  - rewrite rsum_map. apply rsum_ext. intros [c s] Hc. cbn [fst snd]. f_equal. f_equal.
    apply (fits_In _ _ _ _ Hlive). unfold feeds. apply in_map_iff. exists (c, s). auto.
  - intros c _. unfold Bmask. rewrite (wire_block T j b r (block_wire t j b H) Hr). cbn [fst snd].
    rewrite Hlive. pose proof (block_phase t j b H) as NP.
    destruct (phase_of T t); auto. exfalso. eapply NP; eauto.
Qed.

(** the designated neurons of a block are alive *)
Lemma pairs_live t j b : In (t, j, b) (all_blocks T) ->
  let ab := pairs T (S t) w j b in
  (In (fst ab) (block T j b) /\ live T t (pr t) w j b (fst ab) = true) /\
  (In (snd ab) (block T j b) /\ live T t (pr t) w j b (snd ab) = true).
Proof.
  intros H. cbv zeta. rewrite (pairs_made T t w j b (block_phase t j b H)). unfold alive.
  pose proof (Hblock _ H) as F. cbn in F. unfold few, alive in F.
  destruct (designate_live _ _ (start T j b) F) as [L1 L2].
  destruct (designate_block T (live T t (pr t) w j b) j b) as (D1 & D2 & _); [apply Hroomy|]. auto.
Qed.

Lemma bact_nonneg t r : 0 <= bact (S t) r.
Proof. unfold bact. cbn [hid]. apply relu_nonneg. Qed.

(** ** one section: both designated neurons of input j hold u_j *)
Definition input (i j : nat) : R := bact (clock T i 0) (fst (pairs T (clock T i 0) w j 0)).
Definition both (i : nat) : Prop :=
  forall j, (j < bins T i)%nat -> bact (clock T i 0) (snd (pairs T (clock T i 0) w j 0)) =
    input i j.
Lemma input_nonneg i j : 0 <= input i j.
Proof. apply bact_nonneg. Qed.

Definition hold (i k : nat) : Prop := forall j b, (j < bins T i)%nat -> (b <= k)%nat ->
  bact (clock T i k) (fst (pairs T (clock T i k) w j b)) = 2 ^ b * input i j /\
  bact (clock T i k) (snd (pairs T (clock T i k) w j b)) = 2 ^ b * input i j.

Lemma power_nonneg b i j : 0 <= 2 ^ b * input i j.
Proof. apply Rmult_le_pos; [apply pow_le; lra|apply input_nonneg]. Qed.

Lemma wires_step i k : (i < l)%nat -> (k < p)%nat -> hold i k -> forall j b r, (j < bins T i)%nat ->
  (b <= S k)%nat ->
  In r (block T j b) -> live T (clock T i k) (pr (clock T i k)) w j b r = true ->
  bact (clock T i (S k)) r = 2 ^ b * input i j.
Proof.
  intros Hi Hk HH j b r Hj Hb Hr Hlive. rewrite <- clock_S.
  rewrite (live_value _ j b r) by (auto; apply in_section_blocks; auto).
  unfold need. rewrite phase_expand by auto. destruct (Nat.leb_spec b k).
  - cbn [rsum fst snd sgR]. destruct (HH j b Hj ltac:(lia)) as [-> _].
    rewrite relu_id; [ring|]. pose proof (power_nonneg b i j). lra.
  - assert (b = S k) by lia. subst b. cbn [rsum fst snd sgR pow].
    destruct (HH j k Hj (le_n _)) as [-> ->].
    rewrite relu_id; [ring|]. pose proof (power_nonneg k i j). lra.
Qed.

Lemma hold_all i k : (i < l)%nat -> (k <= p)%nat -> both i -> hold i k.
Proof.
  intros Hi Hk HB. induction k as [|k IH]; intros j b Hj Hb.
  - replace b with 0%nat by lia. cbn [pow]. rewrite Rmult_1_l. split; [reflexivity|apply HB; auto].
  - assert (M : In (clock T i k, j, b) (all_blocks T)) by (apply in_section_blocks; auto).
    destruct (pairs_live _ j b M) as [[I1 L1] [I2 L2]]. rewrite clock_S in *.
    split; apply (wires_step i k); auto; try lia; apply IH; lia.
Qed.

(** B1: every live neuron of block (j, b) holds 2^b u_j *)
Theorem B1_wires i k : (i < l)%nat -> (k < p)%nat -> both i -> forall j b r, (j < bins T i)%nat ->
  (b <= S k)%nat ->
  In r (block T j b) -> live T (clock T i k) (pr (clock T i k)) w j b r = true ->
  bact (clock T i (S k)) r = 2 ^ b * input i j.
Proof. intros Hi Hk HB. apply wires_step; auto. apply hold_all; auto; lia. Qed.

(** ** the read-out *)
Lemma unit_lt i r : (i < l)%nat -> (r < readers T i)%nat -> (unit_of T i r < bouts T i)%nat.
Proof.
  unfold unit_of, readers. intros Hi Hr. destruct (Nat.eqb_spec (S i) l); auto.
  apply Nat.div_lt_upper_bound; lia.
Qed.

Lemma copy_ok i r j b : (i < l)%nat -> (r < readers T i)%nat -> (j < bins T i)%nat ->
  (b <= p)%nat ->
  let c := copy i r (j, b) in let t := clock T i (p - 1) in
  In c (block T j b) /\ live T t (pr t) w j b c = true /\
  w (clock T i p, r, c) = positive (weight i (unit_of T i r) j).
Proof.
  intros Hi Hr Hj Hb. cbv zeta. set (s := positive (weight i (unit_of T i r) j)).
  pose proof (Hcopy (i, r, (j, b), s)) as F. rewrite in_copies in F. specialize (F ltac:(auto)).
  cbn in F. unfold nocopy in F. apply pick_fit in F as [F1 F2].
  unfold copy. cbn [fst snd]. fold s. split; [exact F1|]. unfold reach in F2 at 1.
  rewrite fits_app in F2.
  apply andb_true_iff in F2 as [F2 F3]. split; [exact F2|].
  assert (Et : S (clock T i (p - 1)) = clock T i p) by (rewrite clock_S; f_equal; destruct Hroomy;
    lia).
  rewrite <- Et. apply (fits_In _ _ _ _ F3). left. auto.
Qed.

Definition pre (i o : nat) : R := rsum (fun j => IZR (weight i o j) * input i j) (seq 0 (bins T i)).

(** candidate r receives the sum of V_oj u_j *)
Lemma received i r : (i < l)%nat -> both i -> (r < readers T i)%nat ->
  mv (wdb (clock T i p)) (pruned w Bmask (clock T i p)) (bact (clock T i p)) r =
    pre i (unit_of T i r).
Proof.
  intros Hi HB Hr. destruct Hroomy as (P1 & B2 & HM). pose proof (HM i Hi) as Hm.
  assert (UB : forall jb, In jb (used i r) -> (fst jb < bins T i)%nat /\ (snd jb <= p)%nat).
  { intros [j b] H. apply filter_In in H as [H _]. apply in_prod_iff in H as [H1 H2]. apply in_seq
      in H1, H2. cbn; lia. }
  assert (CO : forall jb, In jb (used i r) -> In (copy i r jb) (block T (fst jb) (snd jb))).
  { intros [j b] H. destruct (UB _ H). apply copy_ok; auto. }
  rewrite (pruned_row w Bmask (clock T i p) r (wdb (clock T i p)) (copies i r)).
  - unfold copies. rewrite rsum_map.
    rewrite (rsum_ext _ (fun jb => sgR (positive (weight i (unit_of T i r) (fst jb))) *
      (2 ^ snd jb * input i (fst jb)))).
    + apply (B2_sum p (bins T i) (weight i (unit_of T i r)) (input i)).
      intros j Hj. apply weight_range; auto. apply unit_lt; auto.
    + intros [j b] H. destruct (UB _ H) as [H1 H2]. cbn [fst snd] in *.
      destruct (copy_ok i r j b Hi Hr H1 H2) as (C1 & C2 & C3). rewrite C3. f_equal.
      replace p with (S (p - 1)) at 1 by lia.
      apply (B1_wires i (p - 1) Hi ltac:(lia) HB j b); auto. lia.
  - apply NoDup_map_in.
    + apply NoDup_filter, NoDup_list_prod; apply seq_NoDup.
    + intros [j b] [j' b'] H H' Q. pose proof (CO _ H) as C1. pose proof (CO _ H') as C2.
      rewrite <- Q in C2.
      destruct (UB _ H), (UB _ H'). apply wire_block in C1, C2; auto. cbn [fst snd] in *.
      congruence.
  - intros c Hc. apply in_map_iff in Hc as [jb [<- H]]. destruct (UB _ H) as [H1 H2].
    rewrite wdb_in by (split; [unfold clock; lia|apply clock_lt; lia]).
    apply (block_lt T (fst jb) (snd jb)); auto. lia.
  - intros c _. unfold Bmask. rewrite phase_choose. auto.
Qed.

(** B2: and computes relu of it *)
Theorem B2_neuron i r : (i < l)%nat -> both i -> (r < readers T i)%nat ->
  bact (clock T (S i) 0) r = relu (pre i (unit_of T i r)).
Proof.
  intros Hi HB Hr. rewrite <- clock_next, <- clock_S. unfold bact at 1. cbn [hid]. unfold vrelu.
  f_equal.
  apply received; auto.
Qed.

(** B3: a hidden section holds relu(V u) in both candidates of every unit; the last outputs V u *)
Theorem B3_section i o : (i < l)%nat -> both i -> (o < bouts T i)%nat ->
  (S i <> l -> bact (clock T (S i) 0) (2 * o)%nat = relu (pre i o) /\
    bact (clock T (S i) 0) (2 * o + 1)%nat = relu (pre i o)) /\
  (S i = l -> mv (wdb (clock T i p)) (pruned w Bmask (clock T i p)) (bact (clock T i p)) o =
    pre i o).
Proof.
  intros Hi HB Ho. split; intros Hs.
  - assert (RD : (2 * o + 1 < readers T i)%nat) by (unfold readers; destruct (Nat.eqb_spec (S i) l);
      lia).
    rewrite !B2_neuron by (auto; lia). unfold unit_of. destruct (Nat.eqb_spec (S i) l); [lia|].
    rewrite <- (Nat.div_unique (2 * o) 2 o 0), <- (Nat.div_unique (2 * o + 1) 2 o 1) by lia. auto.
  - rewrite received by (auto; unfold readers; rewrite Hs, Nat.eqb_refl; auto).
    unfold unit_of. rewrite Hs, Nat.eqb_refl. auto.
Qed.

(** H2 in construction B: blocks (j, 0) of the first layer hold the parts of the inputs *)
Lemma split_value j r : (j < 2 * dims 0)%nat -> In r (block T j 0) ->
  live T 0 (pr 0%nat) w j 0 r = true ->
  bact 1 r = if (j <? dims 0)%nat then relu (x j) else relu (- x (j - dims 0)%nat).
Proof.
  intros Hj Hr Hlive. rewrite (live_value 0 j 0 r) by (auto; apply in_split_blocks; auto).
  unfold need. cbn [phase_of rsum]. unfold bact. cbn [hid].
  destruct (Nat.ltb_spec j (dims 0)); cbn [fst snd sgR]; f_equal; lra.
Qed.
Lemma both_first : both 0 /\ forall j, (j < 2 * dims 0)%nat ->
  input 0 j = if (j <? dims 0)%nat then relu (x j) else relu (- x (j - dims 0)%nat).
Proof.
  assert (G : forall j, (j < 2 * dims 0)%nat -> let v :=
    if (j <? dims 0)%nat then relu (x j) else relu (- x (j - dims 0)%nat) in
     bact 1 (fst (pairs T 1 w j 0)) = v /\ bact 1 (snd (pairs T 1 w j 0)) = v).
  { intros j Hj. destruct (pairs_live 0 j 0 (in_split_blocks T j Hj)) as [[I1 L1] [I2 L2]].
    split; apply split_value; auto. }
  split.
  - intros j Hj. unfold input. change (clock T 0 0) with 1%nat. destruct (G j Hj) as [-> ->]. auto.
  - intros j Hj. unfold input. change (clock T 0 0) with 1%nat. apply (G j Hj).
Qed.

Lemma input_next i j : (S i < l)%nat -> both i -> (j < dims (S i))%nat ->
  input (S i) j = relu (pre i j) /\
  bact (clock T (S i) 0) (snd (pairs T (clock T (S i) 0) w j 0)) = relu (pre i j).
Proof.
  intros Hi HB Hj. unfold input. rewrite pairs_read. cbn [fst snd].
  apply (B3_section i j); auto; unfold bouts; auto; lia.
Qed.
Lemma both_all i : (i < l)%nat -> both i.
Proof.
  induction i as [|i IH]; intros Hi; [apply both_first|].
  intros j Hj. unfold bins in Hj. cbn [Nat.eqb] in Hj.
  destruct (input_next i j Hi (IH ltac:(lia)) Hj) as [-> ->]. auto.
Qed.

(** ** the whole network *)
Definition BV : nat -> mat := fun i r c => IZR (V i r c).
Lemma pre_first o : pre 0 o = mv (dims 0) (BV 0) x o.
Proof.
  unfold pre, bins. cbn [Nat.eqb].
  rewrite (rsum_ext _ (fun j =>
    IZR (weight 0 o j) * (if (j <? dims 0)%nat then relu (x j) else relu (- x (j - dims 0)%nat)))).
  2:{ intros j Hj. apply in_seq in Hj. rewrite (proj2 both_first) by lia. auto. }
  replace (2 * dims 0)%nat with (dims 0 + dims 0)%nat by lia.
  rewrite seq_app, rsum_app, Nat.add_0_l, (seq_off (dims 0)), rsum_map, <- rsum_plus.
  unfold mv. apply rsum_ext. intros j Hj. apply in_seq in Hj. unfold weight, BV. cbn [Nat.eqb].
  destruct (Nat.ltb_spec j (dims 0)); [|lia]. destruct (Nat.ltb_spec (dims 0 + j) (dims 0)); [lia|].
  replace (dims 0 + j - dims 0)%nat with j by lia. rewrite opp_IZR.
  rewrite <- (relu_split (x j)) at 3. ring.
Qed.
Lemma pre_mv i : (i < l)%nat -> forall o, pre i o = mv (dims i) (BV i) (hid dims BV x i) o.
Proof.
  induction i as [|i IH]; intros Hi o.
  - apply pre_first.
  - unfold pre, bins. cbn [Nat.eqb]. unfold mv. apply rsum_ext. intros j Hj. apply in_seq in Hj.
    unfold weight. cbn [Nat.eqb]. unfold BV at 1. f_equal.
    rewrite (proj1 (input_next i j Hi (both_all i ltac:(lia)) ltac:(lia))).
    cbn [hid]. unfold vrelu. rewrite IH by lia. auto.
Qed.

(** B3 for all sections: the pruned network is the network of the integer matrices *)
Theorem B3_exact o : (o < dims l)%nat ->
  net (shape (dims 0%nat) N L (dims l)) (pruned w Bmask) L x o = net dims BV l x o.
Proof.
  intros Ho. set (i := (l - 1)%nat). assert (Ei : S i = l) by (unfold i; lia).
  assert (Et : (L - 1)%nat = clock T i p).
  { rewrite <- clock_last, <- Ei, <- clock_next, <- clock_S. lia. }
  unfold net. rewrite Et. fold i. fold wdb. fold (bact (clock T i p)).
  rewrite (proj2 (B3_section i o ltac:(lia) (both_all i ltac:(lia)) ltac:(unfold bouts; rewrite Ei;
    auto))) by auto.
  apply pre_mv. lia.
Qed.
End Values.

(** ** good signs contain every target *)
Theorem blocks_contain (nm : Norm) T D eps w : (1 <= b_l T)%nat -> roomy T ->
  (forall i, (i <= b_l T)%nat -> (b_dims T i <= D)%nat) ->
  ((1 + eta_of D (b_p T)) ^ b_l T <= 1 + eps)%R ->
  good T w = true -> contains nm (b_dims T) (b_l T) (bwidth T) (bdepth T) (bshift T) eps w.
Proof.
  intros Hl Hs HD He Hg W HW. unfold good, bad in Hg. apply negb_true_iff,
    orb_false_iff in Hg as [G1 G2].
  pose proof (proj1 (existsb_false _ _) G1) as F1. pose proof (proj1 (existsb_false _ _) G2) as F2.
  set (V := fun i r c => round2 (b_p T) (W i r c)).
  exists (Bmask T w V). intros x Hx.
  eapply Rle_trans with ((1 + eta_of D (b_p T)) ^ b_l T - 1)%R; [|lra].
  eapply Rle_trans; [|apply (Q1_error nm (b_dims T) D (b_l T) (b_p T) W V x); auto].
  - right. apply nrm_ext. intros o Ho. unfold vsub. f_equal.
    rewrite (B3_exact T Hl Hs w F1 F2 V); auto.
    + rewrite H1_scaling; auto.
      * unfold bshift. rewrite pow_mult, <- pow_inv. reflexivity.
      * left. apply Rinv_0_lt_compat, pow_lt. lra.
    + intros i r c Hi Hr Hc. apply (near_range _ (W i r c)); [apply round2_err|].
      eapply opnorm_entry; eauto.
  - intros i r c _ _ _. apply round2_err.
Qed.
